// The run document: what was read can be written and read, and says the same.
#include "fuzz/fuzz.hpp"

#include "report/run_document.hpp"
#include "report/writer.hpp"
#include "support/world.hpp"

#include <nlohmann/json.hpp>

namespace smtpaudit::fuzz {
namespace {

std::string write(const Writer& writer, const Report& report) {
    test::TextSink sink;
    require(writer.write(report, {}, sink).has_value(), "a report can be written", writer.name);
    return sink.text;
}

// What the program makes of it: each command that takes a run document.
void check_commands(std::string_view bytes, const Report& report) {
    test::FakeWorld world;
    world.files.contents["run.json"] = bytes;
    const auto run = [&](const std::vector<std::string>& args) {
        const int code = world.run(args);
        require(code >= 0 && code <= 3, "a command ends with a known code", world.err.text);
        require(is_safe_text(world.out.text + world.err.text, true), "what is said is safe text");
        return code;
    };
    require(run({"diff", "run.json", "run.json"}) == 0, "a run does not differ from itself",
            world.err.text);
    run({"rank", "run.json"});
    if (report.accounts->size() > 0) run({"explain", report.accounts->id(0), "--from", "run.json"});
    if (report.devices->size() > 0) run({"explain", report.devices->id(0), "--from", "run.json"});
}

}  // namespace

void run_document(std::string_view bytes) {
    const auto report = read_run_document(bytes, "run.json");
    if (!report) return require_message(report.error().message);
    const Writer& json = *find_writer("json");
    const std::string once = write(json, *report);
    require(nlohmann::json::accept(once), "what is written is JSON");
    const auto again = read_run_document(once, "run.json");
    require(again.has_value(), "what is written can be read", again ? "" : again.error().message);
    require(write(json, *again) == once, "what was read is written as it was");
    for (const Writer& writer : all_writers()) {
        const std::string text = write(writer, *report);
        const bool is_csv = writer.name == "csv" || writer.name == "inventory";  // CR LF
        require(is_csv || is_safe_text(text, true), "an output is safe text", writer.name);
    }
    check_commands(bytes, *report);
}

}  // namespace smtpaudit::fuzz
