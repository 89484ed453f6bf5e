# find_package(arenite): -Darenite_DIR=$(arenite cmake-dir), or that directory or site-packages in CMAKE_PREFIX_PATH.
#
# Provides the function arenite_add_model and sets
#   arenite_VERSION     of the Python package that this file belongs to
#   arenite_EXECUTABLE  the command of that same installation; can be given (-Darenite_EXECUTABLE=...) where it lies in
#                       an unusual place
cmake_policy(PUSH)
cmake_policy(VERSION 3.17...3.31)

# Whether a command is that of this installation: only then it says that its CMake files are the ones here.
function(_arenite_owns executable result)
  execute_process(
    COMMAND ${executable} cmake-dir
    OUTPUT_VARIABLE directory OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE status
  )
  get_filename_component(theirs "${directory}" REALPATH)
  get_filename_component(ours "${CMAKE_CURRENT_FUNCTION_LIST_DIR}" REALPATH)
  if(status STREQUAL 0 AND theirs STREQUAL ours)
    set(${result} TRUE PARENT_SCOPE)
  else()
    set(${result} FALSE PARENT_SCOPE)
  endif()
endfunction()

# Where installers put commands, as seen from the package: prefix, --user and environments (also of Windows), --target;
# then what an editable install leaves to search: the active environment, PATH, and .venv of the source tree.
function(_arenite_find_executable result)
  get_filename_component(package "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/.." ABSOLUTE)
  file(TO_CMAKE_PATH "$ENV{PATH}" path)
  set(directories ../../../../bin ../../../Scripts ../../Scripts ../bin)
  list(TRANSFORM directories PREPEND "${package}/")
  if(DEFINED ENV{VIRTUAL_ENV})
    list(APPEND directories "$ENV{VIRTUAL_ENV}/bin" "$ENV{VIRTUAL_ENV}/Scripts")
  endif()
  list(APPEND directories ${path} "${package}/.venv/bin" "${package}/../../.venv/bin")
  set(suffix "")
  if(CMAKE_HOST_WIN32)
    set(suffix .exe)
  endif()
  foreach(directory IN LISTS directories)
    get_filename_component(candidate "${directory}/arenite${suffix}" ABSOLUTE)
    if(EXISTS "${candidate}" AND NOT IS_DIRECTORY "${candidate}")
      _arenite_owns("${candidate}" owned)
      if(owned)
        set(${result} "${candidate}" PARENT_SCOPE)
        return()
      endif()
    endif()
  endforeach()
  set(${result} "" PARENT_SCOPE)
endfunction()

set(arenite_FOUND TRUE)
if(arenite_EXECUTABLE)
  _arenite_owns("${arenite_EXECUTABLE}" _arenite_owned)
  if(NOT _arenite_owned)
    set(arenite_FOUND FALSE)
    set(arenite_NOT_FOUND_MESSAGE
        "arenite_EXECUTABLE=${arenite_EXECUTABLE} is not the command of the arenite in ${CMAKE_CURRENT_LIST_DIR}")
  endif()
  unset(_arenite_owned)
else()
  _arenite_find_executable(arenite_EXECUTABLE)
  if(NOT arenite_EXECUTABLE)
    set(arenite_FOUND FALSE)
    set(arenite_NOT_FOUND_MESSAGE
        "no command arenite belongs to ${CMAKE_CURRENT_LIST_DIR}; name it with -Darenite_EXECUTABLE=<path>")
  endif()
endif()

foreach(_arenite_component IN LISTS arenite_FIND_COMPONENTS)
  set(arenite_${_arenite_component}_FOUND FALSE)
  if(arenite_FIND_REQUIRED_${_arenite_component})
    set(arenite_FOUND FALSE)
    set(arenite_NOT_FOUND_MESSAGE "arenite has no components, ${_arenite_component} was asked for")
  endif()
endforeach()
unset(_arenite_component)

if(arenite_FOUND)
  set_property(GLOBAL PROPERTY arenite_executable "${arenite_EXECUTABLE}")
  set_property(GLOBAL PROPERTY arenite_version "${arenite_VERSION}")
  include("${CMAKE_CURRENT_LIST_DIR}/arenite_add_model.cmake")
  if(NOT arenite_FIND_QUIETLY AND NOT arenite_told)
    message(STATUS "Found arenite ${arenite_VERSION}: ${arenite_EXECUTABLE}")
    set(arenite_told TRUE)
  endif()
endif()
cmake_policy(POP)
