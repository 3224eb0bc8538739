#include "sources/smtp_auth_report.hpp"

#include "base/text.hpp"
#include "sources/values.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

namespace smtpaudit {
namespace {

// A historical search writes no more lines than this (facts/exchange.md 1.4).
constexpr std::uint64_t k_exchange_row_cap = 100'000;

constexpr std::array<std::string_view, 10> k_columns = {
    "date",      "sender_name", "sender_domain", "sender_address", "auth_method",
    "client_ip", "tls_version", "tls_cipher",    "message_count",  "message_id"};

// The names that no other export has: one of them, and another of the report's.
constexpr std::array<std::string_view, 3> k_own_columns = {"sender_name", "sender_domain",
                                                           "auth_method"};

bool is_report(const TableHeader& header) {
    return header.count_of(k_own_columns) > 0 && header.count_of(k_columns) > 1;
}

class Reader {
public:
    Reader(CsvReader& csv, const TableHeader& header, const EvidenceOptions& options,
           EvidenceSink& sink)
        : csv_(csv), header_(header), sink_(sink), dates_(options.date_format) {}

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
    Result<void> read_date(Observation& seen);
    void read_client(Observation& seen);
    Coverage coverage() const;
    void note_columns(std::vector<std::string>& notes) const;
    void note_values(std::vector<std::string>& notes) const;

    std::string_view cell(const Column& column) const {
        return column ? csv_.field(*column) : std::string_view();
    }

    CsvReader& csv_;
    const TableHeader& header_;
    EvidenceSink& sink_;
    DateReader dates_;
    Memo<Protocol> methods_{protocol_of};
    Memo<TlsVersion> tls_versions_{tls_version_of};
    std::size_t date_ = 0, name_ = 0;
    Column domain_, method_, client_, tls_, cipher_, count_, id_;

    std::string sender_;
    std::optional<UtcTime> first_, last_;
    NamelessRows nameless_;
    std::uint64_t bad_clients_ = 0, bad_client_line_ = 0;
    std::uint64_t without_id_ = 0;
};

Result<void> Reader::find_columns() {
    const Column date = header_.find("date");
    if (!date) return tl::unexpected(missing_column(csv_.name(), "date", header_));
    Column name = header_.find("sender_name");
    if (!name) name = header_.find("sender_address");
    if (!name) return tl::unexpected(missing_column(csv_.name(), "senderName", header_));
    date_ = *date;
    name_ = *name;
    domain_ = header_.find("sender_domain");
    method_ = header_.find("auth_method");
    client_ = header_.find("client_ip");
    tls_ = header_.find("tls_version");
    cipher_ = header_.find("tls_cipher");
    count_ = header_.find("message_count");
    id_ = header_.find("message_id");
    return {};
}

Result<void> Reader::read_row() {
    Observation seen;
    SA_CHECK(read_date(seen));
    seen.messages = 1;
    if (count_) {
        const auto count = read_count(csv_.field(*count_));
        if (!count)
            return tl::unexpected(csv_.error(*count_, count.error().what, count.error().advice));
        seen.messages = *count;
    }
    seen.account = sender_of(csv_.field(name_), cell(domain_), sender_);
    if (seen.account.empty()) {
        nameless_.add(seen.messages, csv_.line());
        return {};
    }
    if (method_) seen.protocol = methods_.read(csv_.field(*method_));
    read_client(seen);
    const TlsVersion version = tls_ ? tls_versions_.read(csv_.field(*tls_)) : TlsVersion::unknown;
    seen.tls[static_cast<std::size_t>(version)] = seen.messages;
    seen.tls_cipher = trim(cell(cipher_));
    seen.record_id = trim(cell(id_));
    if (seen.record_id.empty()) ++without_id_;
    seen.line = csv_.line();
    if (seen.messages > 0) sink_.observe(seen);
    return {};
}

Result<void> Reader::read_date(Observation& seen) {
    const auto date = dates_.read(csv_.field(date_));
    if (!date) return tl::unexpected(csv_.error(date_, date.error().what, date.error().advice));
    constexpr auto k_day_end = std::chrono::hours(24) - std::chrono::seconds(1);
    const UtcTime latest = date->has_time ? date->at : date->at + k_day_end;
    first_ = first_ ? std::min(*first_, date->at) : date->at;
    last_ = last_ ? std::max(*last_, latest) : latest;
    seen.at = date->at;
    seen.has_time = date->has_time;
    return {};
}

// Every address is handed on as it is; which of them name a machine is decided in the analysis.
void Reader::read_client(Observation& seen) {
    const std::string_view text = trim(cell(client_));
    if (text.empty() || text == "-") return;
    seen.client = parse_ip(text);
    if (!seen.client && bad_clients_++ == 0) bad_client_line_ = csv_.line();
}

Coverage Reader::coverage() const {
    Coverage coverage;
    coverage.state = CoverageState::complete;
    coverage.rows = csv_.records();
    if (first_) coverage.from = UtcTime(day_of(*first_));
    coverage.to = last_;
    if (coverage.rows == k_exchange_row_cap) {
        coverage.state = CoverageState::partial;
        coverage.reason =
            "exactly 100,000 rows: Exchange cuts the report there; request it again for fewer days";
    }
    if (coverage.rows == 0) coverage.notes.emplace_back("no rows: the file is a header only");
    note_columns(coverage.notes);
    note_values(coverage.notes);
    return coverage;
}

void Reader::note_columns(std::vector<std::string>& notes) const {
    struct Consequence {
        const Column& column;
        std::string_view note;
    };
    for (const Consequence& missing :
         {Consequence{method_, "no column authMethod: the protocol of every message is unknown"},
          Consequence{client_, "no column original_client_ip: no device can be told"},
          Consequence{tls_, "no column tls_version: the TLS version of every message is unknown"},
          Consequence{cipher_, "no column tls_cipher: the ciphers are unknown"},
          Consequence{count_, "no column message_count: each row is counted as one message"},
          Consequence{id_, "no column message_id: rows that another file repeats cannot be told"}})
        if (!missing.column) notes.emplace_back(missing.note);
    note_others(header_.others(k_columns), notes);
}

void Reader::note_values(std::vector<std::string>& notes) const {
    const auto note = [&](std::uint64_t count, std::string_view text) {
        if (count > 0) notes.push_back(fmt::format("{} {}", row_count(count), text));
    };
    note(methods_.unknown().count(),
         "of unknown protocol, never taken as OAuth; authMethod is " + methods_.unknown().list());
    note(tls_versions_.unknown().count(),
         "of unknown TLS version; tls_version is " + tls_versions_.unknown().list());
    note(bad_clients_, fmt::format("with a client address that cannot be read (the first on line "
                                   "{}): no device is told from them",
                                   bad_client_line_));
    nameless_.note(notes);
    if (id_) note(without_id_, "without a message id: no id tells if another file repeats them");
    note(dates_.without_zone(), "whose time has no zone: taken as UTC");
}

Result<Coverage> read_report(CsvReader& csv, const TableHeader& header,
                             const EvidenceOptions& options, EvidenceSink& sink) {
    return Reader(csv, header, options, sink).read();
}

}  // namespace

constinit const KindEntry k_smtp_auth_report = {
    .kind = {.id = "smtp_auth_report",
             .title = "SmtpCSReport download",
             .has_dates = true,
             .has_record_ids = true,
             .is_evidence = true},
    .record_id_column = "message_id",
    .day_column = "date",
    .is_table = is_report,
    .read_table = read_report,
};

}  // namespace smtpaudit
