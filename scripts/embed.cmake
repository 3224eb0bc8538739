# Turns one text file into a C++ source: cmake -DNAME=k_x -DIN=file -DOUT=file.cpp -P embed.cmake
file(READ "${IN}" hex HEX)
string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
file(WRITE "${OUT}" "#include <string_view>\n"
  "namespace smtpaudit::embedded {\n"
  "namespace {\nconstexpr unsigned char k_bytes[] = {${bytes}0};\n}\n"
  "extern const std::string_view ${NAME};\n"
  "const std::string_view ${NAME}(reinterpret_cast<const char*>(k_bytes), sizeof k_bytes - 1);\n"
  "}  // namespace smtpaudit::embedded\n")
