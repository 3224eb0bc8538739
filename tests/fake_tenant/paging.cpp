#include "fake_tenant/paging.hpp"

#include "base/text.hpp"
#include "fake_tenant/codec.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace smtpaudit::fake {

namespace {

// The query without its skip token: what a token is bound to.
std::string bare_query(const std::string& query) {
    std::string bare;
    for (const auto pair : split(query, '&')) {
        const std::string name = ascii_lower(percent_decode(pair.substr(0, pair.find('=')), true));
        if (name == "$skiptoken" || pair.empty()) continue;
        if (!bare.empty()) bare += '&';
        bare += pair;
    }
    return bare;
}

struct Link {
    std::string host;
    std::string path;
    std::string query;
    std::string text() const { return fmt::format("https://{}{}?{}", host, path, query); }
};

std::string tricked(Link link, const Fault& fault) {
    const std::string other = fault.target.empty() ? std::string(k_other_host) : fault.target;
    const std::string rest = link.path + "?" + link.query;
    switch (fault.link) {
        case LinkTrick::other_host: return "https://" + other + rest;
        case LinkTrick::plain_http: return "http://" + link.host + rest;
        case LinkTrick::user_info: return "https://" + link.host + "@" + other + rest;
        case LinkTrick::user_name: return "https://user@" + link.host + rest;
        case LinkTrick::look_alike:
            return "https://" + link.host + "." + other.substr(other.find('.') + 1) + rest;
        case LinkTrick::other_port: return "https://" + link.host + ":444" + rest;
        case LinkTrick::relative: return rest;
        case LinkTrick::other_version: {
            const bool beta = link.path.starts_with("/beta/");
            link.path = (beta ? "/v1.0" : "/beta") + link.path.substr(link.path.find('/', 1));
            return link.text();
        }
        case LinkTrick::itself:
        case LinkTrick::cycle:
        case LinkTrick::endless: return link.text();
    }
    return link.text();
}

}  // namespace

std::string SkipTokens::issue(const std::string& query, std::size_t position, std::size_t salt) {
    const std::lock_guard lock(mutex_);
    // A salt asks for a token that was never given before.
    const std::size_t unique = salt == 0 ? 0 : ++salt_;
    std::string token =
        sha256_hex(fmt::format("{}/{}/{}/{}", key_, query, position, unique)).substr(0, 48);
    positions_[token] = {query, position};
    return token;
}

std::optional<std::size_t> SkipTokens::position(const std::string& token,
                                                const std::string& query) const {
    const std::lock_guard lock(mutex_);
    const auto found = positions_.find(token);
    if (found == positions_.end() || found->second.first != query) return std::nullopt;
    return found->second.second;
}

std::optional<std::string> list_page(const Record& request, const ListView& view,
                                     SkipTokens& tokens, const Fault* fault) {
    const std::string query = bare_query(request.query);
    const std::string bound = request.host + request.path + "?" + query;
    std::size_t start = view.begin;
    const auto token = request.query_value("$skiptoken");
    if (token) {
        const auto position = tokens.position(*token, bound);
        if (!position) return std::nullopt;
        start = *position;
    }
    const Action action = fault != nullptr ? fault->action : Action::none;
    const bool endless = action == Action::next_link && fault->link == LinkTrick::endless;
    std::size_t limit = view.top;
    if (action == Action::empty_page) limit = 0;
    if (action == Action::short_page || endless) limit = std::min(limit, fault->rows);

    std::vector<std::size_t> rows = view.find(start, limit + 1);  // one more: is there a next page
    bool more = rows.size() > limit;
    std::size_t next = more ? rows[limit] : 0;
    rows.resize(std::min(rows.size(), limit));
    std::size_t salt = 0;
    if (action == Action::same_page || action == Action::empty_page || endless) {
        more = true;
        next = start;
        salt = 1;
    } else if (action == Action::overlap && more && !rows.empty()) {
        next = rows[rows.size() - std::min(std::max<std::size_t>(1, fault->rows), rows.size())];
        salt = 1;
    }

    const auto query_for = [&](std::size_t position) {
        const std::string skip = "$skiptoken=" + tokens.issue(bound, position, salt);
        return query.empty() ? skip : query + "&" + skip;
    };
    std::string link;
    if (action == Action::next_link) {
        Link target{request.host, request.path, ""};
        const bool back =
            fault->link == LinkTrick::itself || (fault->link == LinkTrick::cycle && token);
        if (back)
            target.query = fault->link == LinkTrick::itself ? request.query : query;
        else
            target.query = query_for(more ? next : start);
        link = tricked(target, *fault);
    } else if (more) {
        link = Link{request.host, request.path, query_for(next)}.text();
    }

    std::string body =
        "{\"@odata.context\":" +
        json_string(fmt::format("https://{}{}/{}", request.host,
                                request.path.substr(0, request.path.find('/', 1)), view.context));
    if (!link.empty()) body += ",\"@odata.nextLink\":" + json_string(link);
    body += ",\"value\":[";
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (i > 0) body += ',';
        view.write(rows[i], body);
    }
    return body + "]}";
}

}  // namespace smtpaudit::fake
