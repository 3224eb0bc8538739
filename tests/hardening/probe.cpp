// A program that gives each flag of smtpaudit_hardening something to do, so that its effect can be
// looked for in any build: a copy into a known buffer, a stack that grows, a jump by a pointer.
#include <alloca.h>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

using Step = int (*)(const char*);

int copy(const char* text) {
    char room[64];
    std::strcpy(room, text);  // FORTIFY: the room is known, the text is not
    return room[0];
}

int grow(const char* text) {
    const std::size_t size = std::strlen(text) * 8192;
    auto* room = static_cast<char*>(alloca(size + 1));
    std::memset(room, text[0], size);
    return room[size / 2];
}

}  // namespace

int main(int argc, char** argv) {
    const Step steps[] = {copy, grow};
    const char* name = argv[0];
    std::printf("%d\n", steps[argc % 2](name));
    return EXIT_SUCCESS;
}
