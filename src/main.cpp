#include <clocale>
#include <string>
#include <vector>

#include "commands/command.h"

int main(int count, char** arguments) {
    std::setlocale(LC_CTYPE, "C.UTF-8");
    return quoin::run_program(std::vector<std::string>(arguments + 1, arguments + count));
}
