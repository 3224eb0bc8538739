// The corpus as an ordinary test, and one input again: corpus_test TARGET FILE-OR-FOLDER…
#include "fuzz/fuzz.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

namespace fs = std::filesystem;

int main(int count, char** arguments) {
    const auto* target = count > 2 ? smtpaudit::fuzz::find_target(arguments[1]) : nullptr;
    if (target == nullptr) {
        std::fputs("usage: corpus_test TARGET FILE-OR-FOLDER...\n", stderr);
        return 2;
    }
    std::vector<fs::path> files;
    for (int i = 2; i < count; ++i) {
        if (fs::is_directory(arguments[i]))
            for (const auto& entry : fs::directory_iterator(arguments[i]))
                files.push_back(entry.path());
        else
            files.emplace_back(arguments[i]);
    }
    std::sort(files.begin(), files.end());
    for (const fs::path& path : files) {
        std::ifstream file(path, std::ios::binary);
        const std::string bytes{std::istreambuf_iterator<char>(file), {}};
        if (!file) {
            std::fprintf(stderr, "%s: cannot be read\n", path.c_str());
            return 1;
        }
        // Named before it runs, so that the last name is the input that failed.
        std::printf("%s\n", path.c_str());
        std::fflush(stdout);
        target->run(bytes);
    }
    std::printf("%zu inputs\n", files.size());
    // A folder that lost its files would pass by running nothing.
    return files.empty() ? 1 : 0;
}
