// SQLite, as little of it as the store needs. Errors are one line with the file and the way out.
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace smtpaudit {

// A prepared statement. Parameters count from 1, columns from 0. Texts and blobs that are bound
// must live until the next step(); those of a column live until the next step() or reset().
class Statement {
public:
    Statement(sqlite3_stmt* statement, std::string path);
    Statement(Statement&& other) noexcept;
    Statement& operator=(Statement&&) = delete;
    ~Statement();

    Statement& bind(int parameter, std::int64_t value);
    Statement& bind(int parameter, double value);
    Statement& bind(int parameter, std::string_view text);
    Statement& bind_blob(int parameter, std::string_view bytes);
    Statement& bind_null(int parameter);
    Statement& bind(int parameter, const std::optional<std::string>& text);

    Result<bool> step();  // true: there is a row
    Result<void> run();  // to the end, then reset
    void reset();

    std::int64_t number(int column) const;
    std::optional<std::int64_t> optional_number(int column) const;
    std::string_view text(int column) const;
    std::optional<std::string> optional_text(int column) const;
    std::string_view blob(int column) const;

private:
    sqlite3_stmt* statement_;
    std::string path_;
};

class Database {
public:
    // The file must be there; an empty one becomes an empty database.
    static Result<Database> open(const std::string& path);
    Database(Database&& other) noexcept;
    Database& operator=(Database&&) = delete;
    ~Database();

    Result<Statement> prepare(std::string_view sql) const;
    Result<void> exec(const std::string& sql) const;
    Result<std::int64_t> number(std::string_view sql) const;  // of the first row
    Result<std::string> text(std::string_view sql) const;
    std::int64_t last_id() const;
    const std::string& path() const { return path_; }

private:
    Database(sqlite3* db, std::string path) : db_(db), path_(std::move(path)) {}
    sqlite3* db_;
    std::string path_;
};

// Undone unless committed.
class Transaction {
public:
    static Result<Transaction> begin(const Database& db);
    // For reading alone: all that is read in it is of one moment, whatever another run writes.
    static Result<Transaction> begin_reading(const Database& db);
    Transaction(Transaction&& other) noexcept;
    Transaction& operator=(Transaction&&) = delete;
    ~Transaction();
    Result<void> commit();

private:
    explicit Transaction(const Database* db) : db_(db) {}
    const Database* db_;
};

// Where a damaged store can still be got away from.
std::string way_out(const std::string& path);

}  // namespace smtpaudit
