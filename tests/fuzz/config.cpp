// The settings file and the weights file: an option of the command line is never changed by one.
#include "fuzz/fuzz.hpp"

#include "app/config.hpp"
#include "app/weights_file.hpp"
#include "support/fakes.hpp"

namespace smtpaudit::fuzz {

void config(std::string_view bytes) {
    test::FakeClock clock("2026-11-23T12:00:00Z");
    test::FakeFiles files;
    files.contents["c.toml"] = bytes;
    test::FakeRandom random;
    test::TextSource in("");
    test::TextSink out, err;
    const World world{clock, files, random, in, out, err};
    Options given;
    given.config = "c.toml";
    given.window = 77;
    given.format = "csv";
    given.sources = {"users"};
    const auto options = with_config(given, world);
    if (options)
        require(
            options->window == 77 && options->format == "csv" && options->sources == given.sources,
            "the command line comes first");
    else
        require_message(options.error().message);
    if (const auto weights = read_weights(files, "c.toml"); !weights)
        require_message(weights.error().message);
}

}  // namespace smtpaudit::fuzz
