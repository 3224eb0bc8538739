#include "app/sign_ins_from.hpp"

#include "app/source_choice.hpp"
#include "base/guid.hpp"
#include "base/text.hpp"
#include "sources/kusto_sign_ins.hpp"

#include <fmt/format.h>
#include <string_view>

namespace smtpaudit {

Result<SignInsFrom> sign_ins_from(const Options& options) {
    constexpr std::string_view k_workspace = "log-analytics:";
    if (!options.sign_ins_from) return SignInsFrom{};
    const std::string_view given = *options.sign_ins_from;
    if (given == "graph") return SignInsFrom{};
    if (given == "hunting") return SignInsFrom{KustoEngine::hunting, {}};
    if (given.starts_with(k_workspace)) {
        const std::string_view name = given.substr(k_workspace.size());
        if (const auto id = parse_guid(name))
            return SignInsFrom{KustoEngine::log_analytics, format_guid(*id)};
        return fail(Errc::usage,
                    fmt::format("--sign-ins-from: \"{}\" is not a workspace; give its Workspace ID "
                                "(a GUID) from its overview in the Azure portal",
                                printable(name)));
    }
    return fail(Errc::usage,
                fmt::format("--sign-ins-from: \"{}\" is none of graph, log-analytics:WORKSPACE, "
                            "hunting",
                            printable(given)));
}

Result<std::string> shown_queries(const Options& options, PullWindow window) {
    SA_TRY(const SignInsFrom from, sign_ins_from(options));
    if (!from.engine)
        return fail(Errc::usage,
                    "--show-query: Microsoft Graph is asked without a query of this kind; add "
                    "--sign-ins-from log-analytics:WORKSPACE or hunting");
    SA_TRY(const std::vector<ChosenSource> chosen, choose_sources(options));
    std::string text;
    for (const ChosenSource& one : chosen) {
        if (find_kusto_source(*from.engine, one.source->id) != one.source) continue;
        const auto queries =
            first_kusto_queries(*from.engine, one.source->id, window.from, window.to);
        for (std::size_t i = 0; i < queries.size(); ++i)
            text += fmt::format(
                "{}// --- {}, query {} of {}, to {}{}{}\n{}", text.empty() ? "" : "\n",
                one.source->id, i + 1, queries.size(), to_string(*from.engine),
                from.workspace.empty() ? "" : " workspace ", from.workspace, queries[i]);
        if (one.source->id == "oauth_sign_ins")
            text +=
                "// --- the list Apps is empty here: Graph names the applications at the scan\n";
    }
    if (text.empty())
        return fail(Errc::usage,
                    "--show-query: none of the chosen sources sends a query; add sign_ins to "
                    "--sources");
    return text;
}

}  // namespace smtpaudit
