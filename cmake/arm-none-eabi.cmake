# CMake toolchain file for Cortex-M with the GNU compiler: cmake -DCMAKE_TOOLCHAIN_FILE=... -DARENITE_CPU=cortex-m4
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR arm)
set(CMAKE_C_COMPILER arm-none-eabi-gcc)
set(CMAKE_CXX_COMPILER arm-none-eabi-g++)
set(CMAKE_ASM_COMPILER arm-none-eabi-gcc)
# Without a start-up no program links, so the compiler is tried on a library.
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES ARENITE_CPU)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)

set(ARENITE_CPU "cortex-m4" CACHE STRING "cortex-m0plus, cortex-m3, cortex-m4, cortex-m7, cortex-m33 or cortex-m55")

set(arenite_flags_cortex-m0plus "-mfloat-abi=soft")
set(arenite_flags_cortex-m3 "-mfloat-abi=soft")
set(arenite_flags_cortex-m4 "-mfloat-abi=hard -mfpu=fpv4-sp-d16")
set(arenite_flags_cortex-m7 "-mfloat-abi=hard -mfpu=fpv5-sp-d16")
set(arenite_flags_cortex-m33 "-mfloat-abi=hard -mfpu=fpv5-sp-d16")
set(arenite_flags_cortex-m55 "-mfloat-abi=hard")
if(NOT arenite_flags_${ARENITE_CPU})
  message(FATAL_ERROR "ARENITE_CPU=${ARENITE_CPU} is not one of cortex-m0plus, m3, m4, m7, m33, m55")
endif()

foreach(language C CXX ASM)
  set(CMAKE_${language}_FLAGS_INIT "-mcpu=${ARENITE_CPU} -mthumb ${arenite_flags_${ARENITE_CPU}}")
endforeach()
