# A model as a library of a firmware's build.

set(ARENITE_OPTIMISE "-O2" CACHE STRING "optimisation of models and kernels; empty: as CMAKE_BUILD_TYPE says")

# arenite_add_model(<target> MODEL <file> [CPU <cpu>] [OPTIMISE speed|size] [NAME <name>]
#                   [GRANULARITY op|row|auto] [STREAM_INPUT [EAGER_ROWS]]
#                   [IO source|int8]
#                   [REGIONS <region>=<size>[@<base>] ... | REGIONS <file>.toml] [PIN <tensor>=<region> ...]
#                   [IO_MEMORY arena|caller] [WEIGHTS_SECTION <section>] [ARENA_SECTION <section>]
#                   [SHAPE <input>=<dimensions> ...] [OPTIONS <option> ...]
#                   [DEPENDS <file> ...])
#
# Adds the static library <target> with the header tvmgen_<name>.h. `arenite compile` runs when the library is built for
# the first time, and again whenever the model, an argument or arenite itself has changed.
#   MODEL    a .tflite or .onnx file, relative to the current source directory
#   CPU      default: ARENITE_CPU; else -mcpu or CMAKE_SYSTEM_PROCESSOR when cross compiling, and host when not
#   OPTIMISE  speed: kernels of few instructions; size: of little flash and RAM; default: speed
#   NAME     prefix of the C interface; default: <target> as a C identifier
#   GRANULARITY  row: operators are split into rows; auto: where that lowers the arena; default: auto
#   STREAM_INPUT  the input comes row by row, tvmgen_<name>_push_row, and never lies in memory as a whole
#   EAGER_ROWS  with STREAM_INPUT: what needs only rows that have come runs before the next row comes
#   IO       int8: stored integers at inputs and outputs that are float32 in the file; default: source
#   REGIONS  memory regions that the arena is divided into, the fastest first, as DTCM=64K@0x20000000; or a file that
#            lists them, relative to the current source directory
#   PIN      tensors that have to lie in a certain region
#   IO_MEMORY  caller: inputs and outputs lie in memory that the caller hands in, outside of the arena; default: arena
#   WEIGHTS_SECTION  linker section of the weights, for memory other than the program's; default: the linker's choice
#   ARENA_SECTION  likewise of the library's own static arena
#   SHAPE    of the inputs that an ONNX file leaves open: image=1,3,96,96
#   OPTIONS  further options of arenite compile
#   DEPENDS  files beside the model that it is made of (external data of ONNX)
#
# All models link the one library arenite_kernels. Options that not every target of the build gets have to be given to
# both libraries: target_link_libraries(arenite_kernels PRIVATE ...).
function(arenite_add_model target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "STREAM_INPUT;EAGER_ROWS" 
    "MODEL;CPU;OPTIMISE;NAME;GRANULARITY;IO;IO_MEMORY;WEIGHTS_SECTION;ARENA_SECTION" "SHAPE;REGIONS;PIN;OPTIONS;DEPENDS")
  set(where "arenite_add_model(${target})")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "${where}: unknown arguments: ${arg_UNPARSED_ARGUMENTS}")
  endif()
  if(arg_KEYWORDS_MISSING_VALUES)
    message(FATAL_ERROR "${where}: no value for ${arg_KEYWORDS_MISSING_VALUES}")
  endif()
  if(NOT arg_MODEL)
    message(FATAL_ERROR "${where}: MODEL <file> is missing")
  endif()
  get_property(languages GLOBAL PROPERTY ENABLED_LANGUAGES)
  if(NOT "C" IN_LIST languages)
    message(FATAL_ERROR "${where}: the language C is not enabled; add it to project()")
  endif()
  if(arg_OPTIONS MATCHES "(^|;)--ir[;=]relay")
    message(FATAL_ERROR "${where}: --ir relay writes a project of another make; use add_subdirectory on it")
  endif()

  get_filename_component(model "${arg_MODEL}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_SOURCE_DIR}")
  get_source_file_property(generated "${model}" GENERATED)
  if(NOT EXISTS "${model}" AND NOT generated)
    message(FATAL_ERROR "${where}: there is no model ${model}")
  endif()
  _arenite_name(name "${where}" "${target}" "${arg_NAME}")
  _arenite_cpu(cpu "${where}" "${arg_CPU}")

  get_property(executable GLOBAL PROPERTY arenite_executable)
  get_property(version GLOBAL PROPERTY arenite_version)
  set(project "${CMAKE_CURRENT_BINARY_DIR}/arenite/${name}")
  set(command ${executable} compile "${model}" -o "${project}" --cpu ${cpu} --name ${name})
  foreach(option IN ITEMS OPTIMISE GRANULARITY IO IO_MEMORY WEIGHTS_SECTION ARENA_SECTION)
    if(arg_${option})
      string(TOLOWER ${option} lower)
      string(REPLACE "_" "-" lower ${lower})
      list(APPEND command --${lower} ${arg_${option}})
    endif()
  endforeach()
  foreach(option IN ITEMS STREAM_INPUT EAGER_ROWS)
    if(arg_${option})
      string(TOLOWER ${option} lower)
      string(REPLACE "_" "-" lower ${lower})
      list(APPEND command --${lower})
    endif()
  endforeach()
  foreach(shape IN LISTS arg_SHAPE)
    list(APPEND command --shape "${shape}")
  endforeach()
  set(files ${arg_DEPENDS})
  if(arg_REGIONS AND NOT arg_REGIONS MATCHES "[=;]")
    get_filename_component(file "${arg_REGIONS}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_SOURCE_DIR}")
    list(APPEND command --regions "${file}")
    list(APPEND files "${file}")
  else()
    foreach(region IN LISTS arg_REGIONS)
      list(APPEND command --region "${region}")
    endforeach()
  endif()
  foreach(pin IN LISTS arg_PIN)
    list(APPEND command --pin "${pin}")
  endforeach()
  list(APPEND command ${arg_OPTIONS})

  # Holds the version, too: not every installer gives the files of an upgrade new times.
  set(request "${project}.request")
  string(REPLACE ";" "\n" lines "arenite ${version};${command}")
  file(GENERATE OUTPUT "${request}" CONTENT "${lines}\n")

  set(dependencies "")
  foreach(file IN LISTS files)
    get_filename_component(file "${file}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_SOURCE_DIR}")
    list(APPEND dependencies "${file}")
  endforeach()
  _arenite_sources(program)
  set(prefix "${project}/codegen/host/src/tvmgen_${name}")
  set(header "${project}/codegen/host/include/tvmgen_${name}.h")
  get_filename_component(file "${model}" NAME)
  # Ninja makes the directories of outputs, and arenite replaces only directories that are empty or its own.
  add_custom_command(
    OUTPUT "${prefix}.c" "${prefix}_parameters.c" "${prefix}_parameters.h" "${header}"
    COMMAND "${CMAKE_COMMAND}" -E rm -rf "${project}"
    COMMAND ${command}
    DEPENDS "${model}" ${dependencies} "${request}" ${program}
    COMMENT "Compiling ${file} with arenite to tvmgen_${name}"
    VERBATIM
  )

  # What else needs the header waits for this target.
  add_custom_target(${target}_arenite DEPENDS "${prefix}.c" "${prefix}_parameters.c" "${prefix}_parameters.h" "${header}")
  _arenite_kernels()
  add_library(${target} STATIC "${prefix}.c" "${prefix}_parameters.c" "${prefix}_parameters.h" "${header}")
  target_include_directories(
    ${target} PUBLIC "${project}/codegen/host/include" PRIVATE "${project}/codegen/host/src"
  )
  target_link_libraries(${target} PUBLIC arenite_kernels)
  add_dependencies(${target} ${target}_arenite)
  set_target_properties(${target} PROPERTIES ARENITE_NAME ${name} ARENITE_ARENA "" ARENITE_REGIONS "${arg_REGIONS}")
  _arenite_options(${target})
endfunction()

# arenite_share_arena(<target> <model> <model> ... [SECTION <section>])
#
# Adds the static library <target>, an array of as many bytes as the one needs that needs most of these models, targets
# of arenite_add_model: where their functions are handed no memory they take it, and not one of their own each. So they
# take turns: one at a time, each with its inputs written after the one before has run and its outputs read before the
# next one's inputs are written.
#   SECTION  linker section of the array; default: the linker's choice
function(arenite_share_arena target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "SECTION" "")
  set(where "arenite_share_arena(${target})")
  if(arg_KEYWORDS_MISSING_VALUES)
    message(FATAL_ERROR "${where}: no value for ${arg_KEYWORDS_MISSING_VALUES}")
  endif()
  list(LENGTH arg_UNPARSED_ARGUMENTS count)
  if(count LESS 2)
    message(FATAL_ERROR "${where}: name two models or more, targets of arenite_add_model")
  endif()
  string(MAKE_C_IDENTIFIER "${target}" name)
  string(TOUPPER "${name}" NAME)
  set(includes "")
  set(size 1)
  set(alignment 1)
  foreach(model IN LISTS arg_UNPARSED_ARGUMENTS)
    set(own "")
    if(TARGET ${model})
      get_target_property(own ${model} ARENITE_NAME)
    endif()
    if(NOT own)
      message(FATAL_ERROR "${where}: ${model} is no target of arenite_add_model that comes before")
    endif()
    get_target_property(regions ${model} ARENITE_REGIONS)
    if(regions)
      message(FATAL_ERROR "${where}: ${model} has REGIONS; hand their memory to its functions instead")
    endif()
    get_target_property(other ${model} ARENITE_ARENA)
    if(other)
      message(FATAL_ERROR "${where}: ${model} is in ${other} already")
    endif()
    set_target_properties(${model} PROPERTIES ARENITE_ARENA ${target})
    string(TOUPPER "tvmgen_${own}" prefix)
    string(APPEND includes "#include \"tvmgen_${own}.h\"\n")
    set(size "LARGER(${prefix}_WORKSPACE_SIZE, ${size})")
    set(alignment "LARGER(${prefix}_WORKSPACE_ALIGNMENT, ${alignment})")
  endforeach()
  set(section "${prefix}_SECTION")
  string(STRIP "${includes}" includes)
  set(file "${CMAKE_CURRENT_BINARY_DIR}/arenite/${name}.c")
  configure_file("${CMAKE_CURRENT_FUNCTION_LIST_DIR}/shared_arena.c.in" "${file}" @ONLY)
  add_library(${target} STATIC "${file}")
  foreach(model IN LISTS arg_UNPARSED_ARGUMENTS)
    get_target_property(own ${model} ARENITE_NAME)
    string(TOUPPER "tvmgen_${own}" prefix)
    target_compile_definitions(${model} PRIVATE "${prefix}_SHARED_ARENA=${name}")
    target_link_libraries(${model} PUBLIC ${target})
    target_include_directories(${target} PRIVATE "$<TARGET_PROPERTY:${model},INTERFACE_INCLUDE_DIRECTORIES>")
    add_dependencies(${target} ${model}_arenite)
  endforeach()
  if(arg_SECTION)
    target_compile_definitions(${target} PRIVATE "${NAME}_SECTION=\"${arg_SECTION}\"")
  endif()
  _arenite_options(${target})
endfunction()

# Symbols, macros and include guards begin with the name, the latter two in upper case.
function(_arenite_name result where target name)
  if(NOT name)
    string(MAKE_C_IDENTIFIER "${target}" name)
  endif()
  if(NOT name MATCHES "^[A-Za-z][A-Za-z0-9_]*$")
    message(FATAL_ERROR "${where}: ${name} is not a C identifier that begins with a letter; choose a NAME")
  endif()
  string(TOUPPER "${name}" key)
  get_property(owner GLOBAL PROPERTY arenite_name_${key})
  if(owner)
    message(FATAL_ERROR "${where}: the name ${name} is taken by ${owner}; choose a NAME")
  endif()
  set_property(GLOBAL PROPERTY arenite_name_${key} "${target}")
  set(${result} "${name}" PARENT_SCOPE)
endfunction()

function(_arenite_cpu result where cpu)
  set(cpus cortex-m0plus cortex-m3 cortex-m4 cortex-m7 cortex-m33 cortex-m55 host)
  if(NOT cpu)
    set(cpu "${ARENITE_CPU}")
  endif()
  if(NOT cpu AND NOT CMAKE_CROSSCOMPILING)
    set(cpu host)
  endif()
  if(NOT cpu)
    get_directory_property(options COMPILE_OPTIONS)
    if("${CMAKE_C_FLAGS} ${options}" MATCHES "-mcpu=([a-z0-9-]+)")
      set(cpu ${CMAKE_MATCH_1})
    else()
      string(TOLOWER "${CMAKE_SYSTEM_PROCESSOR}" cpu)
    endif()
  endif()
  if(NOT cpu IN_LIST cpus)
    string(REPLACE ";" ", " known "${cpus}")
    message(FATAL_ERROR "${where}: unknown CPU ${cpu}; give CPU, the closest of ${known}")
  endif()
  set(${result} ${cpu} PARENT_SCOPE)
endfunction()

# The package's directory, also when these files were found in the top folder of the source tree.
function(_arenite_package result)
  get_filename_component(package "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/.." ABSOLUTE)
  if(NOT EXISTS "${package}/__init__.py")
    set(package "${package}/src/arenite")
  endif()
  set(${result} "${package}" PARENT_SCOPE)
endfunction()

# Everything that decides what arenite compile writes. The folder of this file is left out: its example may be built
# where it lies.
function(_arenite_sources result)
  _arenite_package(package)
  file(GLOB_RECURSE files FOLLOW_SYMLINKS RELATIVE "${package}" "${package}/*.py" "${package}/*.h" "${package}/*.j2")
  list(FILTER files EXCLUDE REGEX "^cmake/")
  list(TRANSFORM files PREPEND "${package}/")
  set(${result} "${files}" PARENT_SCOPE)
endfunction()

# The kernels of all models, once per build: an archive, from which a program takes the ones that its models call. So
# the list of files is known before any model has been compiled, and never changes with a model.
function(_arenite_kernels)
  if(TARGET arenite_kernels)
    return()
  endif()
  _arenite_package(package)
  set(folder "${package}/codegen/kernels")
  set(folders "${folder}" "${folder}/dsp" "${folder}/mve" "${folder}/v6m")
  set(sources "")
  foreach(one IN LISTS folders)
    file(GLOB files "${one}/*.c")
    list(APPEND sources ${files})
  endforeach()
  add_library(arenite_kernels STATIC ${sources})
  target_include_directories(arenite_kernels PRIVATE ${folders})
  get_property(version GLOBAL PROPERTY arenite_version)
  # Never read; another version's kernels are compiled anew whatever the times of their files.
  target_compile_definitions(arenite_kernels PRIVATE ARENITE_VERSION="${version}")
  if(UNIX OR CMAKE_C_COMPILER_ID MATCHES "GNU|Clang")
    target_link_libraries(arenite_kernels PUBLIC m)
  endif()
  _arenite_options(arenite_kernels)
  set_property(DIRECTORY "${CMAKE_SOURCE_DIR}" APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${folders})
endfunction()

# As in the CMakeLists.txt of a generated project. No contraction: a fused multiply-add rounds differently from the two
# operations that models are verified with.
function(_arenite_options target)
  if(CMAKE_C_COMPILER_ID MATCHES "GNU|Clang")
    target_compile_options(${target} PRIVATE ${ARENITE_OPTIMISE} -ffp-contract=off -ffunction-sections -fdata-sections)
  endif()
  set_target_properties(${target} PROPERTIES C_STANDARD 99 C_STANDARD_REQUIRED ON C_EXTENSIONS OFF)
endfunction()
