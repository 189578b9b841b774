# Files inside the program: the assembler includes them (.incbin), which takes no time where a C array of megabytes takes half a minute.

enable_language(ASM)
find_program(QUOIN_GZIP gzip REQUIRED)

# quoin_embed(target name file): symbols quoin_embedded_<name>, …_end, and the same with _gzip for the compressed bytes.
function(quoin_embed target name file)
  if(NOT EXISTS ${file})
    message(FATAL_ERROR "${file} is missing: run 'make setup' first")
  endif()
  set(folder ${CMAKE_BINARY_DIR}/embedded)
  set(gzip ${folder}/${name}.gz)
  file(MAKE_DIRECTORY ${folder})
  add_custom_command(OUTPUT ${gzip} COMMAND ${QUOIN_GZIP} -9nc ${file} > ${gzip} DEPENDS ${file} VERBATIM)
  set(text "    .section .rodata\n")
  foreach(part "${name};${file}" "${name}_gzip;${gzip}")
    list(GET part 0 symbol)
    list(GET part 1 bytes)
    string(APPEND text "    .balign 16\n    .global quoin_embedded_${symbol}, quoin_embedded_${symbol}_end\n"
                       "quoin_embedded_${symbol}:\n    .incbin \"${bytes}\"\nquoin_embedded_${symbol}_end:\n    .byte 0\n")
  endforeach()
  string(APPEND text "    .section .note.GNU-stack,\"\",@progbits\n")
  file(CONFIGURE OUTPUT ${folder}/${name}.S CONTENT "${text}" @ONLY)
  set_source_files_properties(${folder}/${name}.S PROPERTIES OBJECT_DEPENDS "${file};${gzip}" SKIP_PRECOMPILE_HEADERS ON)
  target_sources(${target} PRIVATE ${folder}/${name}.S ${gzip})
endfunction()

# The pages of the server and the libraries that show its documentation; named in src/serving/assets.list.
function(quoin_embed_pages target)
  foreach(page landing.html landing.js docs.html docs.js redoc.html redoc.js pages.css)
    string(REPLACE "." "_" name ${page})
    quoin_embed(${target} ${name} ${CMAKE_SOURCE_DIR}/src/serving/pages/${page})
  endforeach()
  quoin_embed(${target} swagger_ui_js ${QUOIN_DEPS}/web/swagger-ui/swagger-ui-bundle.js)
  quoin_embed(${target} swagger_ui_css ${QUOIN_DEPS}/web/swagger-ui/swagger-ui.css)
  quoin_embed(${target} swagger_ui_license ${QUOIN_DEPS}/web/swagger-ui/LICENSE)
  quoin_embed(${target} redoc_standalone_js ${QUOIN_DEPS}/web/redoc/redoc.standalone.js)
  quoin_embed(${target} redoc_license ${QUOIN_DEPS}/web/redoc/LICENSE)
endfunction()

# The catalog that comes with the program, as one file: for each declaration a line "path size" and its bytes.
function(quoin_embed_catalog target)
  set(bundle ${CMAKE_BINARY_DIR}/embedded/catalog.bundle)
  file(GLOB_RECURSE files RELATIVE ${CMAKE_SOURCE_DIR}/catalog CONFIGURE_DEPENDS
       ${CMAKE_SOURCE_DIR}/catalog/events/*.yaml ${CMAKE_SOURCE_DIR}/catalog/features/*.yaml ${CMAKE_SOURCE_DIR}/catalog/sources/*.yaml
       ${CMAKE_SOURCE_DIR}/catalog/products/*.yaml ${CMAKE_SOURCE_DIR}/catalog/models/*.yaml)
  list(SORT files)
  set(paths ${files})
  list(TRANSFORM paths PREPEND ${CMAKE_SOURCE_DIR}/catalog/)
  set_property(DIRECTORY ${CMAKE_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${paths})
  set(script ${CMAKE_SOURCE_DIR}/cmake/bundle_catalog.cmake)
  execute_process(COMMAND ${CMAKE_COMMAND} -DBUNDLE=${bundle} -DROOT=${CMAKE_SOURCE_DIR}/catalog "-DFILES=${files}" -P ${script}
                  COMMAND_ERROR_IS_FATAL ANY)
  quoin_embed(${target} catalog ${bundle})
endfunction()
