# Run by cpack between installing and packing.
execute_process(
  COMMAND ${CMAKE_CURRENT_LIST_DIR}/finish ${CPACK_TEMPORARY_INSTALL_DIRECTORY}
          ${CPACK_SMTPAUDIT_BUILD}
  COMMAND_ERROR_IS_FATAL ANY)
