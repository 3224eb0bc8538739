#include "app/source_choice.hpp"

#include "app/sign_ins_from.hpp"
#include "base/text.hpp"
#include "sources/kusto_sign_ins.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace smtpaudit {
namespace {

// "sign-ins" is what people type.
std::string id_of(std::string_view name) {
    std::string id = ascii_lower(trim(name));
    std::replace(id.begin(), id.end(), '-', '_');
    return id;
}

}  // namespace

Result<std::vector<ChosenSource>> choose_sources(const Options& options) {
    std::vector<std::string> wanted;
    for (const std::string& name : options.sources) {
        wanted.push_back(id_of(name));
        if (find_live_source(wanted.back()) != nullptr) continue;
        std::vector<std::string> known;
        for (const LiveSource& source : all_live_sources()) known.emplace_back(source.id);
        return fail(Errc::usage, fmt::format("--sources: \"{}\" is none of {}", printable(name),
                                             join(known, ", ")));
    }
    SA_TRY(const SignInsFrom from, sign_ins_from(options));
    std::vector<ChosenSource> chosen;
    for (const LiveSource& source : all_live_sources()) {
        const bool by_name = std::find(wanted.begin(), wanted.end(), source.id) != wanted.end();
        if (!by_name && !wanted.empty()) continue;
        const LiveSource* const other =
            from.engine ? find_kusto_source(*from.engine, source.id) : nullptr;
        if (other == nullptr)
            chosen.push_back({&source, by_name});
        else
            chosen.push_back({other, by_name || shows_use(source.id), from.workspace});
    }
    return chosen;
}

}  // namespace smtpaudit
