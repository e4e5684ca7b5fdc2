# SPDX-License-Identifier: Apache-2.0

# Nearly every file reads the generated protocol headers, which cost more to parse than the file
# itself; one precompiled header serves all of lib/rpc and above.
function(sheen_precompile name)
  get_target_property(type ${name} TYPE)
  if(SHEEN_PRECOMPILE AND NOT type STREQUAL "INTERFACE_LIBRARY" AND TARGET sheen_wire
     AND NOT name MATCHES "^sheen_(base|wire|store|locks|ha)$|^unit_(base|store|locks|ha)$")
    target_precompile_headers(${name} REUSE_FROM sheen_wire)
  endif()
endfunction()

# sheen_library(NAME DEPENDS ...): a static library of every *.cc in this folder (and in the folders
# named by SUBDIRS), except main.cc. What a library may include is what it links.
function(sheen_library name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;SUBDIRS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.cc)
  foreach(dir ${ARG_SUBDIRS})
    file(GLOB more CONFIGURE_DEPENDS ${dir}/*.cc)
    list(APPEND sources ${more})
  endforeach()
  list(FILTER sources EXCLUDE REGEX "/main\\.cc$")
  if(sources)
    add_library(${name} STATIC ${sources})
    target_link_libraries(${name} PUBLIC ${ARG_DEPENDS})
    sheen_precompile(${name})
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE ${ARG_DEPENDS})
  endif()
endfunction()

# sheen_program(NAME DEPENDS ...): a program from this folder's main.cc, installed for administrators
# (in bin with EVERYBODY).
function(sheen_program name)
  cmake_parse_arguments(ARG "EVERYBODY" "" "DEPENDS" ${ARGN})
  add_executable(${name} main.cc)
  target_link_libraries(${name} PRIVATE ${ARG_DEPENDS})
  sheen_precompile(${name})
  if(ARG_EVERYBODY)
    install(TARGETS ${name} DESTINATION ${CMAKE_INSTALL_BINDIR})
  else()
    install(TARGETS ${name} DESTINATION ${CMAKE_INSTALL_SBINDIR})
  endif()
endfunction()

# sheen_test(NAME SOURCES ... DEPENDS ...): a Boost.Test program, run by CTest.
function(sheen_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;DEPENDS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  add_executable(${name} ${CMAKE_SOURCE_DIR}/tests/boost_main.cc ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_DEPENDS} Boost::unit_test_framework)
  target_compile_definitions(${name} PRIVATE BOOST_TEST_DYN_LINK SHEEN_TEST_NAME=${name})
  sheen_precompile(${name})
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT})
endfunction()

# sheen_test_folder(PREFIX DIR DEPENDS ...): one Boost.Test program of every *_test.cc in DIR.
function(sheen_test_folder name dir)
  cmake_parse_arguments(ARG "" "TIMEOUT" "DEPENDS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${dir}/*_test.cc ${dir}/*_fixture.cc)
  if(sources)
    sheen_test(${name} SOURCES ${sources} DEPENDS ${ARG_DEPENDS} TIMEOUT ${ARG_TIMEOUT})
  endif()
endfunction()

# sheen_pytest_folder(PREFIX [TIMEOUT seconds] [ENVIRONMENT NAME=VALUE...]): every test_*.py of this
# folder as a test of its own, so that a hang is cut off where it happens; in mount and network
# namespaces of its own: nothing stays mounted, all can have the same addresses, and several run
# side by side.
function(sheen_pytest_folder prefix)
  cmake_parse_arguments(ARG "" "TIMEOUT" "ENVIRONMENT" ${ARGN})
  file(GLOB tests CONFIGURE_DEPENDS test_*.py)
  foreach(path ${tests})
    get_filename_component(name ${path} NAME_WE)
    string(REPLACE "test_" "${prefix}_" name ${name})
    add_test(NAME ${name}
             COMMAND unshare --mount --net --propagation private
                     sh -c "ip link set lo up && exec /usr/bin/python3 -m pytest -q -x -p no:cacheprovider \$1" sh ${path}
             WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
    set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT}
                         ENVIRONMENT "SHEEN_BIN=${CMAKE_BINARY_DIR}/bin;PYTHONDONTWRITEBYTECODE=1;${ARG_ENVIRONMENT}")
  endforeach()
endfunction()
