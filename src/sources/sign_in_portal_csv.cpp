#include "sources/sign_in_portal_csv.hpp"

#include "base/text.hpp"
#include "sources/sign_in_file.hpp"
#include "sources/values.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>

namespace smtpaudit {
namespace {

// The captions of the download, in English. It has some sixty columns, one of them twice
// ("Incoming token type"): only these are looked at.
constexpr std::string_view k_date = "Date (UTC)";
constexpr std::string_view k_status = "Status";
constexpr std::string_view k_error_code = "Sign-in error code";
constexpr std::string_view k_client_app = "Client app";
constexpr std::string_view k_user_id = "User ID";
constexpr std::string_view k_username = "Username";

struct PlainColumn {
    std::string_view caption;
    SignInField field;
};
constexpr std::array<PlainColumn, 8> k_plain = {{
    {"Request ID", SignInField::id},
    {k_user_id, SignInField::user_id},
    {k_username, SignInField::user_principal_name},
    {k_client_app, SignInField::client_app},
    {"IP address", SignInField::ip_address},
    {"User agent", SignInField::user_agent},
    {"Application", SignInField::app},
    {"Location", SignInField::country},
}};

bool is_portal_csv(const TableHeader& header) {
    return header.has_caption(k_date) &&
           (header.has_caption("Request ID") || header.has_caption(k_error_code) ||
            header.has_caption(k_client_app));
}

std::optional<std::size_t> find(const TableHeader& header, std::string_view caption) {
    const auto& captions = header.captions();
    const auto found = std::find_if(captions.begin(), captions.end(), [&](const auto& cell) {
        return equals_ignoring_case(trim(cell), caption);
    });
    if (found == captions.end()) return std::nullopt;
    return static_cast<std::size_t>(found - captions.begin());
}

class PortalCsv {
public:
    PortalCsv(CsvReader& csv, const TableHeader& header, const EvidenceOptions& options,
              EvidenceSink& sink)
        : csv_(csv), header_(header), dates_(options.date_format), sink_(sink) {}

    Result<Coverage> read() {
        SA_CHECK(find_columns());
        for (;;) {
            SA_TRY(const bool more, csv_.next());
            if (!more) break;
            SA_CHECK(take());
        }
        Coverage coverage = sign_in_file_coverage(tally_);
        if (dates_.without_zone() > 0)
            coverage.notes.emplace_back(
                "times without a zone are taken as UTC, as the column says");
        return coverage;
    }

private:
    Result<std::size_t> need(std::string_view caption) const {
        if (const auto index = find(header_, caption)) return *index;
        return tl::unexpected(missing_column(csv_.name(), fmt::format("\"{}\"", caption), header_));
    }

    Result<void> find_columns() {
        SA_TRY(date_, need(k_date));
        SA_TRY(client_app_, need(k_client_app));
        status_ = find(header_, k_status);
        error_code_ = find(header_, k_error_code);
        if (!status_ && !error_code_) SA_CHECK(need(k_error_code));
        if (!find(header_, k_user_id) && !find(header_, k_username)) SA_CHECK(need(k_username));
        for (const PlainColumn& column : k_plain)
            if (const auto index = find(header_, column.caption))
                plain_.push_back({*index, column.field});
        return {};
    }

    Result<void> take() {
        row_.clear();
        for (const auto& [index, field] : plain_) {
            const std::string_view cell = trim(csv_.field(index));
            if (!cell.empty()) row_.set(field, SignInRow::State::present, cell, 1);
        }
        const auto at = dates_.read(csv_.field(date_));
        if (!at) return tl::unexpected(csv_.error(date_, at.error().what, at.error().advice));
        if (at->has_time)
            row_.set(SignInField::created, SignInRow::State::present, format_utc(at->at), 1);
        // Another protocol's row may lack what we need.
        if (is_smtp_client_app(row_.text(SignInField::client_app))) SA_CHECK(take_error_code());
        auto seen = reader_.read(row_);
        if (!seen)
            return tl::unexpected(
                csv_.error(date_, seen.error(), "export the sign-ins again as CSV or JSON"));
        if (*seen) {
            (*seen)->line = csv_.line();
            sink_.observe(**seen);
        }
        return {};
    }

    // A success has the code "None", 0 or nothing; a failure without a code cannot be told from it.
    Result<void> take_error_code() {
        const std::string_view code = error_code_ ? trim(csv_.field(*error_code_)) : "";
        const std::string_view status = status_ ? trim(csv_.field(*status_)) : "";
        const bool no_code = code.empty() || equals_ignoring_case(code, "None");
        if (!no_code) {
            row_.set(SignInField::error_code, SignInRow::State::present, code, 1);
        } else if (equals_ignoring_case(status, "Success")) {
            row_.set(SignInField::error_code, SignInRow::State::present, "0", 1);
        } else {
            return tl::unexpected(csv_.error(error_code_ ? *error_code_ : *status_,
                                             "has no error code though the sign-in is no success",
                                             "export the sign-ins again with this column"));
        }
        return {};
    }

    struct Plain {
        std::size_t index;
        SignInField field;
    };

    CsvReader& csv_;
    const TableHeader& header_;
    DateReader dates_;
    EvidenceSink& sink_;
    SignInTally tally_;
    SignInReader reader_{tally_};
    SignInRow row_;
    std::size_t date_ = 0, client_app_ = 0;
    std::optional<std::size_t> status_, error_code_;
    std::vector<Plain> plain_;
};

Result<Coverage> read_portal_csv(CsvReader& csv, const TableHeader& header,
                                 const EvidenceOptions& options, EvidenceSink& sink) {
    return PortalCsv(csv, header, options, sink).read();
}

}  // namespace

constinit const KindEntry k_sign_in_portal_csv_kind = {
    .kind = {.id = "sign_ins",
             .title = "Entra sign-in export (CSV)",
             .has_dates = true,
             .has_record_ids = true,
             .is_evidence = true},
    .is_json = nullptr,
    .read_json = nullptr,
    .is_table = is_portal_csv,
    .read_table = read_portal_csv,
};

}  // namespace smtpaudit
