#include "sources/smtp_auth_table.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <numeric>
#include <string>

namespace smtpaudit {
namespace {

constexpr std::size_t k_tls_known = k_tls_versions - 1;
constexpr std::size_t k_tls_unknown = static_cast<std::size_t>(TlsVersion::unknown);
constexpr std::array<std::string_view, 4> k_plain_columns = {"sender_address", "domain", "protocol",
                                                             "messages"};
constexpr std::array<std::string_view, k_tls_known> k_percent_columns = {
    "tls10_percent", "tls11_percent", "tls12_percent", "tls13_percent"};
constexpr std::array<std::string_view, k_tls_known> k_count_columns = {
    "tls10_count", "tls11_count", "tls12_count", "tls13_count"};

bool is_table(const TableHeader& header) {
    const std::size_t tls = header.count_of(k_percent_columns) + header.count_of(k_count_columns);
    const std::size_t plain = header.count_of(k_plain_columns);
    // The sender alone is in message traces too, the domain in anything.
    return header.has("sender_address")
               ? tls > 0 || header.has("messages") || header.has("protocol")
               : tls > 0 && plain > 0;
}

class Reader {
public:
    Reader(CsvReader& csv, const TableHeader& header, EvidenceSink& sink)
        : csv_(csv), header_(header), sink_(sink) {}

    Result<Coverage> read() {
        SA_CHECK(find_columns());
        for (;;) {
            SA_TRY(const bool found, csv_.next());
            if (!found) break;
            SA_CHECK(read_row());
        }
        return coverage();
    }

private:
    using Column = std::optional<std::size_t>;

    Result<void> find_columns();
    Result<void> read_row();
    Result<std::uint64_t> count_at(std::size_t column) const;
    Result<void> read_tls_counts(Observation& seen);
    Result<void> read_tls_shares(Observation& seen);
    Coverage coverage() const;

    CsvReader& csv_;
    const TableHeader& header_;
    EvidenceSink& sink_;
    Memo<Protocol> protocols_{protocol_of};
    std::size_t sender_ = 0, messages_ = 0;
    Column domain_, protocol_;
    std::array<Column, k_tls_known> tls_{};
    bool has_tls_ = false;
    bool tls_is_count_ = false;

    std::string address_;
    NamelessRows nameless_;
    std::uint64_t tls_not_told_ = 0;
};

Result<void> Reader::find_columns() {
    const Column sender = header_.find("sender_address");
    if (!sender) return tl::unexpected(missing_column(csv_.name(), "Sender address", header_));
    const Column messages = header_.find("messages");
    if (!messages) return tl::unexpected(missing_column(csv_.name(), "Messages sent", header_));
    sender_ = *sender;
    messages_ = *messages;
    domain_ = header_.find("domain");
    protocol_ = header_.find("protocol");
    // Counts are exact: where a file has both, the per cents say nothing more.
    for (const std::string_view column : k_count_columns)
        tls_is_count_ = tls_is_count_ || header_.has(column);
    for (std::size_t i = 0; i < k_tls_known; ++i) {
        tls_[i] = header_.find(tls_is_count_ ? k_count_columns[i] : k_percent_columns[i]);
        has_tls_ = has_tls_ || tls_[i].has_value();
    }
    return {};
}

Result<std::uint64_t> Reader::count_at(std::size_t column) const {
    const auto count = read_count(csv_.field(column));
    if (!count) return tl::unexpected(csv_.error(column, count.error().what, count.error().advice));
    return *count;
}

Result<void> Reader::read_row() {
    Observation seen;
    SA_TRY(seen.messages, count_at(messages_));
    seen.account = sender_of(csv_.field(sender_), domain_ ? csv_.field(*domain_) : "", address_);
    if (protocol_) seen.protocol = protocols_.read(csv_.field(*protocol_));
    SA_CHECK(tls_is_count_ ? read_tls_counts(seen) : read_tls_shares(seen));
    seen.line = csv_.line();
    if (seen.account.empty()) {
        nameless_.add(seen.messages, csv_.line());
    } else if (seen.messages > 0) {
        sink_.observe(seen);
    }
    return {};
}

Result<void> Reader::read_tls_counts(Observation& seen) {
    std::uint64_t known = 0;
    bool all_told = true;
    for (std::size_t i = 0; i < k_tls_known; ++i) {
        if (!tls_[i]) continue;
        if (trim(csv_.field(*tls_[i])).empty()) {
            all_told = false;
            continue;
        }
        SA_TRY(seen.tls[i], count_at(*tls_[i]));
        known += seen.tls[i];
    }
    if (known > seen.messages)
        return tl::unexpected(csv_.error(
            messages_, fmt::format("{} messages, but {} by TLS version", seen.messages, known),
            "put it right, or export the file again"));
    seen.tls[k_tls_unknown] = seen.messages - known;
    if (!all_told) ++tls_not_told_;
    return {};
}

Result<void> Reader::read_tls_shares(Observation& seen) {
    TlsShares shares;
    bool all_told = true;
    Column last;
    for (std::size_t i = 0; i < k_tls_known; ++i) {
        if (!tls_[i]) continue;
        last = tls_[i];
        if (trim(csv_.field(*tls_[i])).empty()) {
            all_told = false;
            continue;
        }
        const auto share = read_share(csv_.field(*tls_[i]));
        if (!share)
            return tl::unexpected(csv_.error(*tls_[i], share.error().what, share.error().advice));
        shares[i] = *share;
    }
    const auto counts = estimate_tls(seen.messages, shares);
    if (!counts)
        return tl::unexpected(csv_.error(*last, "the per cents by TLS version sum to over 100",
                                         "put them right, or export the file again"));
    std::copy(counts->begin(), counts->end(), std::begin(seen.tls));
    if (!all_told) ++tls_not_told_;
    return {};
}

Coverage Reader::coverage() const {
    Coverage coverage;
    coverage.state = CoverageState::complete;
    coverage.rows = csv_.records();
    auto& notes = coverage.notes;
    if (coverage.rows == 0) notes.emplace_back("no rows: the file is a header only");
    if (!protocol_)
        notes.emplace_back(
            "no column Authentication Protocol, as in exports before October 2024: the protocol of "
            "every message is unknown");
    if (!has_tls_)
        notes.emplace_back("no TLS columns: the TLS version of every message is unknown");
    else if (!tls_is_count_)
        notes.emplace_back("messages by TLS version are estimated from per cents");
    const auto note = [&](std::uint64_t count, const std::string& text) {
        if (count > 0) notes.push_back(fmt::format("{} {}", row_count(count), text));
    };
    note(protocols_.unknown().count(),
         "of unknown protocol, never taken as OAuth; it is " + protocols_.unknown().list());
    note(tls_not_told_, "with an empty TLS cell: the rest of their messages is of unknown version");
    nameless_.note(notes);
    std::vector<std::string_view> used(k_plain_columns.begin(), k_plain_columns.end());
    const auto& tls_columns = tls_is_count_ ? k_count_columns : k_percent_columns;
    used.insert(used.end(), tls_columns.begin(), tls_columns.end());
    note_others(header_.others(used), notes);
    return coverage;
}

Result<Coverage> read_table(CsvReader& csv, const TableHeader& header, const EvidenceOptions&,
                            EvidenceSink& sink) {
    return Reader(csv, header, sink).read();
}

}  // namespace

std::optional<TlsCounts> estimate_tls(std::uint64_t messages, const TlsShares& shares) {
    std::uint64_t sum = 0;
    std::uint64_t whole_numbers = 0;
    TlsCounts parts{};
    for (std::size_t i = 0; i < shares.size(); ++i) {
        if (!shares[i]) continue;
        parts[i] = shares[i]->parts;
        sum += parts[i];
        if (shares[i]->is_whole_number && parts[i] > 0) ++whole_numbers;
    }
    constexpr std::uint64_t k_half_percent = k_whole / 200;
    const std::uint64_t slack = k_half_percent * std::max<std::uint64_t>(1, whole_numbers);
    if (sum > k_whole + slack) return std::nullopt;
    std::uint64_t whole = sum;
    if (sum + slack < k_whole) {
        parts[k_tls_unknown] = k_whole - sum;
        whole = k_whole;
    }
    TlsCounts counts{};
    std::array<std::uint64_t, k_tls_versions> remainders{};
    std::uint64_t left = messages;
    for (std::size_t i = 0; i < k_tls_versions; ++i) {
        // At most 10^12 messages times 10^6 parts: no overflow.
        counts[i] = messages * parts[i] / whole;
        remainders[i] = messages * parts[i] % whole;
        left -= counts[i];
    }
    std::array<std::size_t, k_tls_versions> order{};
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return remainders[a] > remainders[b]; });
    for (std::size_t i = 0; i < left; ++i) ++counts[order[i]];
    return counts;
}

constinit const KindEntry k_smtp_auth_table = {
    .kind = {.id = "smtp_auth_table",
             .title = "SMTP AUTH clients table",
             .has_dates = false,
             .has_record_ids = false,
             .is_evidence = true},
    .is_table = is_table,
    .read_table = read_table,
};

}  // namespace smtpaudit
