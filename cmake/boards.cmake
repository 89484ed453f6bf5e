# The memory of the QEMU boards (https://www.qemu.org/docs/master/system/arm/mps2.html, Arm application notes
# AN385, AN386, AN500, AN505 and AN547): address of the vector table; address and size of code; of RAM.
set(ARENITE_BOARD_cortex-m0plus 0x00000000 0x00000400 0x3ffc00 0x20000000 0x400000)
set(ARENITE_BOARD_cortex-m3 ${ARENITE_BOARD_cortex-m0plus})
set(ARENITE_BOARD_cortex-m4 ${ARENITE_BOARD_cortex-m0plus})
set(ARENITE_BOARD_cortex-m7 ${ARENITE_BOARD_cortex-m0plus})
set(ARENITE_BOARD_cortex-m33 0x10000000 0x10000400 0x3ffc00 0x38000000 0x400000)
# The tightly coupled memory at 0 has only 512 KiB: the code goes to the secure alias of the DRAM.
set(ARENITE_BOARD_cortex-m55 0x00000000 0x70000000 0x1000000 0x21000000 0x400000)

# Makes an executable for the board of a CPU out of a target with a `main`.
function(arenite_board target cpu)
  set(board ${ARENITE_BOARD_${cpu}})
  if(NOT board)
    message(FATAL_ERROR "no QEMU board for ARENITE_CPU=${cpu}")
  endif()
  set(here ${CMAKE_CURRENT_FUNCTION_LIST_DIR})
  target_sources(${target} PRIVATE ${here}/start.c ${here}/semihosting.c)
  list(GET board 0 vectors)
  list(GET board 1 code)
  list(GET board 2 code_size)
  list(GET board 3 ram)
  list(GET board 4 ram_size)
  target_link_options(
    ${target} PRIVATE -nostartfiles -T${here}/board.ld -Wl,--gc-sections -Wl,-Map=${target}.map -Wl,--no-warn-rwx-segments
    -Wl,--defsym=VECTORS_BASE=${vectors} -Wl,--defsym=CODE_BASE=${code} -Wl,--defsym=CODE_SIZE=${code_size}
    -Wl,--defsym=RAM_BASE=${ram} -Wl,--defsym=RAM_SIZE=${ram_size}
  )
  set_target_properties(${target} PROPERTIES LINK_DEPENDS ${here}/board.ld)
endfunction()
