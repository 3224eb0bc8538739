// The sign-in log: rows made from the description, newest first, the same for the same seed.
#pragma once

#include "fake_tenant/odata.hpp"
#include "fake_tenant/spec.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace smtpaudit::fake {

enum class GraphVersion : std::uint8_t { v1_0, beta };

// The properties to show; empty: all.
using Selection = std::set<std::string, std::less<>>;

class SignInLog {
public:
    // `now` is where the rows end if the description does not say.
    SignInLog(const TenantSpec& tenant, UtcTime now);
    ~SignInLog();
    SignInLog(SignInLog&&) noexcept;

    std::size_t size() const { return rows_.size(); }
    Ticks created(std::size_t row) const { return rows_[row].created; }
    // First row that is not newer than `latest`.
    std::size_t first_not_newer(std::int64_t latest) const;
    bool is_interactive(std::size_t row) const;
    bool is_smtp(std::size_t row) const;
    bool is_application(std::size_t row) const;  // signed in as itself, for nobody
    // By the names of $filter ("status/errorCode").
    Value property(std::size_t row, std::string_view name) const;
    // Appends the row as a JSON object. v1.0 lacks the properties that only beta has.
    void write(std::size_t row, GraphVersion version, const Selection& selection,
               std::string& out) const;

private:
    enum class Stream : std::uint8_t { smtp, non_interactive, other, failed, given };
    struct Row {
        Ticks created;
        std::uint64_t number = 0;  // what everything random in the row is made from
        std::uint32_t account = 0;  // for a given row: its place in the description
        Stream stream = Stream::smtp;
        std::uint8_t failure = 0;  // which of the account's failures
    };
    struct Given;
    class Writer;

    void generate(const SignInSpec& spec, UtcTime end);
    void add_given(const SignInSpec& spec);
    const std::string& address(const Row& row) const;
    std::string client_app(const Row& row) const;
    int error_code(const Row& row) const;
    const Failures* failures(const Row& row) const;
    void write_generated(const Row& row, Writer& writer, GraphVersion version) const;
    void write_beta(const Row& row, Writer& writer) const;

    std::string tenant_id_;
    std::vector<SignInAccount> accounts_;
    std::vector<std::string> user_ids_;
    std::vector<Given> given_;
    std::vector<Row> rows_;
};

// The properties of a row that v1.0 lacks (facts/graph.md 1.1).
bool is_beta_only(std::string_view property);

// The same evidence as files, so that a scan and a rank of it can be compared.
enum class SignInFile : std::uint8_t { graph_page, array, json_lines };
struct SignInFileOptions {
    SignInFile shape = SignInFile::array;
    GraphVersion version = GraphVersion::beta;
    bool smtp_only = true;  // the rows that a scan asks for; else all
    UtcTime now{};  // used as `end` when the description has none
};
std::string signins_as_json(const TenantSpec& tenant, const SignInFileOptions& options);

}  // namespace smtpaudit::fake
