# Writes BUNDLE from FILES (relative to ROOT), unless it would be the same.
set(draft ${BUNDLE}.new)
file(WRITE ${draft} "")
foreach(file IN LISTS FILES)
  file(SIZE ${ROOT}/${file} size)
  file(APPEND ${draft} "${file} ${size}\n")
  # By the shell, as bytes: CMake's own strings would lose semicolons and brackets.
  execute_process(COMMAND sh -c "cat '${ROOT}/${file}' >> '${draft}'" COMMAND_ERROR_IS_FATAL ANY)
endforeach()
file(COPY_FILE ${draft} ${BUNDLE} ONLY_IF_DIFFERENT)
file(REMOVE ${draft})
