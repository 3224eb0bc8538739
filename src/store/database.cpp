#include "store/database.hpp"

#include <fmt/format.h>
#include <sqlite3.h>
#include <utility>

namespace smtpaudit {
namespace {

constexpr int k_busy_milliseconds = 10'000;

// Our own words: SQLite's message may quote data.
tl::unexpected<Error> failure(const std::string& path, int code) {
    switch (code & 0xFF) {
        case SQLITE_FULL:
            return fail(Errc::local,
                        path +
                            ": the disk is full; nothing of this step was kept, the history is "
                            "as it was");
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return fail(Errc::local,
                        path + ": is in use by another program; wait for it, or give --store none");
        case SQLITE_CORRUPT:
            return fail(Errc::local,
                        fmt::format("{}: the history is damaged; {}", path, way_out(path)));
        case SQLITE_NOTADB:
            return fail(Errc::local,
                        path + ": is no history of smtpaudit; name another file with --store");
        case SQLITE_READONLY:
        case SQLITE_PERM:
        case SQLITE_CANTOPEN:
            return fail(Errc::local,
                        path +
                            ": cannot be opened for writing; see to the rights of the file and "
                            "its folder, or give --store none");
        case SQLITE_IOERR:
            return fail(Errc::local,
                        path + ": cannot be read or written; nothing of this step was kept");
        default: break;
    }
    return fail(Errc::local, fmt::format("{}: SQLite error {}", path, code));
}

}  // namespace

std::string way_out(const std::string& path) {
    return fmt::format("move it away (mv {0} {0}.damaged), then load the evidence again", path);
}

Statement::Statement(sqlite3_stmt* statement, std::string path)
    : statement_(statement), path_(std::move(path)) {}
Statement::Statement(Statement&& other) noexcept
    : statement_(std::exchange(other.statement_, nullptr)), path_(std::move(other.path_)) {}
Statement::~Statement() { sqlite3_finalize(statement_); }

Statement& Statement::bind(int parameter, std::int64_t value) {
    sqlite3_bind_int64(statement_, parameter, value);
    return *this;
}
Statement& Statement::bind(int parameter, double value) {
    sqlite3_bind_double(statement_, parameter, value);
    return *this;
}
Statement& Statement::bind(int parameter, std::string_view text) {
    sqlite3_bind_text64(statement_, parameter, text.data(), text.size(), SQLITE_STATIC,
                        SQLITE_UTF8);
    return *this;
}
Statement& Statement::bind_blob(int parameter, std::string_view bytes) {
    // A null pointer would be bound as NULL.
    sqlite3_bind_blob64(statement_, parameter, bytes.empty() ? "" : bytes.data(), bytes.size(),
                        SQLITE_STATIC);
    return *this;
}
Statement& Statement::bind_null(int parameter) {
    sqlite3_bind_null(statement_, parameter);
    return *this;
}
Statement& Statement::bind(int parameter, const std::optional<std::string>& text) {
    return text ? bind(parameter, std::string_view(*text)) : bind_null(parameter);
}

Result<bool> Statement::step() {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return failure(path_, code);
}

Result<void> Statement::run() {
    for (;;) {
        SA_TRY(const bool more, step());
        if (!more) break;
    }
    reset();
    return {};
}

void Statement::reset() { sqlite3_reset(statement_); }

std::int64_t Statement::number(int column) const {
    return sqlite3_column_int64(statement_, column);
}

std::optional<std::int64_t> Statement::optional_number(int column) const {
    if (sqlite3_column_type(statement_, column) == SQLITE_NULL) return std::nullopt;
    return number(column);
}

std::string_view Statement::text(int column) const { return blob(column); }

std::optional<std::string> Statement::optional_text(int column) const {
    if (sqlite3_column_type(statement_, column) == SQLITE_NULL) return std::nullopt;
    return std::string(blob(column));
}

std::string_view Statement::blob(int column) const {
    const void* bytes = sqlite3_column_blob(statement_, column);
    const int size = sqlite3_column_bytes(statement_, column);
    if (bytes == nullptr) return {};
    return {static_cast<const char*>(bytes), static_cast<std::size_t>(size)};
}

Result<Database> Database::open(const std::string& path) {
    sqlite3* handle = nullptr;
    // FULLMUTEX costs nothing here and keeps a shared handle safe.
    const int code = sqlite3_open_v2(path.c_str(), &handle,
                                     SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX, nullptr);
    Database db(handle, path);
    if (code != SQLITE_OK) return failure(path, code);
    sqlite3_busy_timeout(handle, k_busy_milliseconds);
    sqlite3_extended_result_codes(handle, 1);
    // A hostile schema must not run anything.
    sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    return db;
}

Database::Database(Database&& other) noexcept
    : db_(std::exchange(other.db_, nullptr)), path_(std::move(other.path_)) {}
Database::~Database() { sqlite3_close_v2(db_); }

Result<Statement> Database::prepare(std::string_view sql) const {
    sqlite3_stmt* statement = nullptr;
    const int code =
        sqlite3_prepare_v2(db_, sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
    if (code != SQLITE_OK) return failure(path_, code);
    return Statement(statement, path_);
}

Result<void> Database::exec(const std::string& sql) const {
    const int code = sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return failure(path_, sqlite3_extended_errcode(db_));
    return {};
}

Result<std::int64_t> Database::number(std::string_view sql) const {
    SA_TRY(Statement statement, prepare(sql));
    SA_TRY(const bool found, statement.step());
    return found ? statement.number(0) : 0;
}

Result<std::string> Database::text(std::string_view sql) const {
    SA_TRY(Statement statement, prepare(sql));
    SA_TRY(const bool found, statement.step());
    return found ? std::string(statement.text(0)) : std::string();
}

std::int64_t Database::last_id() const { return sqlite3_last_insert_rowid(db_); }

Result<Transaction> Transaction::begin(const Database& db) {
    SA_CHECK(db.exec("BEGIN IMMEDIATE"));
    return Transaction(&db);
}
Result<Transaction> Transaction::begin_reading(const Database& db) {
    SA_CHECK(db.exec("BEGIN"));
    return Transaction(&db);
}
Transaction::Transaction(Transaction&& other) noexcept : db_(std::exchange(other.db_, nullptr)) {}
Transaction::~Transaction() {
    // A disk that is full has rolled back already; a second ROLLBACK is then an error to ignore.
    if (db_ != nullptr) (void)db_->exec("ROLLBACK");
}
Result<void> Transaction::commit() {
    SA_CHECK(db_->exec("COMMIT"));
    db_ = nullptr;
    return {};
}

}  // namespace smtpaudit
