// The accept file: every entry that is taken is whole and single.
#include "fuzz/fuzz.hpp"

#include "app/accept_file.hpp"
#include "support/fakes.hpp"

#include <set>

namespace smtpaudit::fuzz {

void accept_file(std::string_view bytes) {
    test::FakeFiles files;
    files.contents["a.toml"] = bytes;
    const auto list = read_accept_file(files, "a.toml");
    if (!list) return require_message(list.error().message);
    std::set<std::string> ids;
    for (const AcceptEntry& entry : list->entries) {
        require(!entry.id.empty() && !entry.reason.empty(), "an entry has an id and a reason");
        require(ids.insert(accept_key(entry.id)).second, "an id is accepted once");
        require(std::chrono::year_month_day(entry.until).ok(), "an entry ends on a day");
        require(entry.place.starts_with("a.toml:"), "an entry has its place");
    }
}

}  // namespace smtpaudit::fuzz
