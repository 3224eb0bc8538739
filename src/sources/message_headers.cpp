#include "sources/message_headers.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <optional>
#include <vector>

namespace smtpaudit {
namespace {

constexpr std::size_t k_most_header_bytes = std::size_t{256} * 1024;

// Hosts of Exchange Online as they stand behind "by" (facts/graph.md 5.10).
constexpr std::array<std::string_view, 3> k_exchange_hosts = {
    ".outlook.com", ".outlook.office365.us", ".partner.outlook.cn"};

bool is_exchange(std::string_view host) {
    const std::string folded = fold_case(host);
    for (const std::string_view ending : k_exchange_hosts)
        if (folded.ends_with(ending)) return true;
    return false;
}

// Up to the empty line that ends the headers; the limit keeps a video from being read whole.
Result<std::string> read_headers(ByteSource& bytes, const std::string& name) {
    std::string text;
    std::array<char, std::size_t{16} * 1024> room{};
    while (text.size() < k_most_header_bytes) {
        SA_TRY(const std::size_t count, bytes.read(room));
        if (count == 0) break;
        const std::size_t from = text.size() < 3 ? 0 : text.size() - 3;
        text.append(room.data(), count);
        // Whichever comes first: lines may end in both ways.
        const auto end = std::min(text.find("\r\n\r\n", from), text.find("\n\n", from));
        if (end == std::string::npos) continue;
        text.resize(end);
        return text;
    }
    if (text.empty()) return fail(Errc::input, fmt::format("{}: the file is empty", name));
    return text;
}

// The values of all Received fields, unfolded, the newest first as they stand.
std::vector<std::string> received_fields(std::string_view headers) {
    std::vector<std::string> fields;
    bool inside = false;
    for (std::string_view line : split(headers, '\n')) {
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (!line.empty() && (line.front() == ' ' || line.front() == '\t')) {
            if (inside) fields.back() += " " + std::string(trim(line));
            continue;
        }
        constexpr std::string_view k_name = "received:";
        inside = line.size() > k_name.size() &&
                 equals_ignoring_case(line.substr(0, k_name.size()), k_name);
        if (inside) fields.emplace_back(trim(line.substr(k_name.size())));
    }
    return fields;
}

struct Hop {
    std::string ehlo, by;
    std::optional<IpAddress> from;
};

// An address in "(mfp.contoso.local [203.0.113.7])", "(203.0.113.7)" or "([203.0.113.7])".
std::optional<IpAddress> address_in(std::string_view comment) {
    std::string word;
    std::optional<IpAddress> found;
    const auto look = [&] {
        if (const auto address = parse_ip(word)) found = address;
        word.clear();
    };
    for (const char c : comment) {
        const bool ends = c == ' ' || c == '[' || c == ']' || c == '(' || c == ')' || c == ';';
        if (ends)
            look();
        else
            word += c;
    }
    look();
    return found;
}

// "from EHLO (comment) by HOST …"; nullopt: another shape.
std::optional<Hop> read_hop(std::string_view field) {
    constexpr std::string_view k_from = "from ";
    if (field.size() < k_from.size() ||
        !equals_ignoring_case(field.substr(0, k_from.size()), k_from))
        return std::nullopt;
    field.remove_prefix(k_from.size());
    // Not fold_case: it may change the length, and this is a place in `field`.
    const auto by = ascii_lower(field).find(" by ");
    if (by == std::string::npos) return std::nullopt;
    const std::string_view from = field.substr(0, by);
    std::string_view host = trim(field.substr(by + 4));
    host = host.substr(0, host.find(' '));
    Hop hop;
    hop.ehlo = std::string(from.substr(0, from.find(' ')));
    hop.by = std::string(host);
    hop.from = address_in(from.substr(std::min(from.size(), hop.ehlo.size())));
    if (!hop.from) hop.from = address_in(hop.ehlo);
    return hop;
}

}  // namespace

Result<void> read_message_headers(ByteSource& bytes, const std::string& name, EvidenceSink& sink) {
    SA_TRY(const std::string headers, read_headers(bytes, name));
    const std::vector<std::string> fields = received_fields(headers);
    if (fields.empty())
        return fail(Errc::input, fmt::format("{}: no Received line; save the message with its "
                                             "headers (.eml)",
                                             name));
    // The oldest hop into Exchange Online is the submission.
    for (auto field = fields.rbegin(); field != fields.rend(); ++field) {
        const auto hop = read_hop(*field);
        if (!hop || !hop->from || hop->ehlo.empty() || !is_exchange(hop->by) ||
            is_exchange(hop->ehlo))
            continue;
        sink.machine({*hop->from, hop->ehlo, name});
        return {};
    }
    return fail(Errc::input,
                fmt::format("{}: no Received line tells how Exchange Online took the message; save "
                            "one that the device has sent, as it lies in a mailbox of the tenant",
                            name));
}

}  // namespace smtpaudit
