#include "base/private_folder.hpp"
#include "store/schema.hpp"
#include "store/store.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>

namespace smtpaudit {
namespace {

constexpr mode_t k_file_mode = 0600;
constexpr mode_t k_others = 077;

// A file that is there is left alone but for rights that let others read it.
Result<void> make_file(const std::string& path, bool must_exist) {
    struct stat found {};
    if (::stat(path.c_str(), &found) == 0) {
        if (!S_ISREG(found.st_mode))
            return fail(Errc::local, path + ": is no file; name a file with --store");
        if ((found.st_mode & k_others) != 0 && ::chmod(path.c_str(), k_file_mode) != 0)
            return fail(Errc::local, path + ": others can read it, and it is not ours to change");
        return {};
    }
    if (must_exist)
        return fail(Errc::input,
                    path + ": there is no history yet; rank and scan keep one as they run");
    const auto slash = path.rfind('/');
    if (slash != std::string::npos && slash > 0) {
        if (auto made = make_private_folders(path.substr(0, slash)); !made)
            return fail(Errc::local,
                        made.error().message + "; see to its rights, or give --store none");
    }
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, k_file_mode);
    if (descriptor >= 0) {
        (void)::fchmod(descriptor, k_file_mode);  // what the umask took away
        ::close(descriptor);
        return {};
    }
    // Another run may have made it just now.
    if (errno == EEXIST && ::stat(path.c_str(), &found) == 0) return {};
    // SQLite would make what the link names.
    if (::lstat(path.c_str(), &found) == 0 && S_ISLNK(found.st_mode))
        return fail(Errc::local, path +
                                     ": is a link that leads nowhere; remove it, or name another "
                                     "file with --store");
    return fail(Errc::local,
                path + ": cannot be made; see to the rights of its folder, or give --store none");
}

}  // namespace

Result<Store> Store::open(const std::string& path, bool must_exist, Clock& clock,
                          std::stop_token stop) {
    SA_CHECK(make_file(path, must_exist));
    SA_TRY(Database db, Database::open(path));
    Store store(std::move(db), clock, std::move(stop));
    SA_CHECK(check_store(store.db_));
    SA_TRY(const std::int64_t version, store.db_.number("PRAGMA user_version"));
    if (version < k_store_version) {
        SA_TRY(const StoreLock held, store.lock());
        SA_CHECK(store.db_.exec("PRAGMA journal_mode = WAL"));
        SA_CHECK(migrate_store(store.db_));
    }
    return store;
}

Result<std::int64_t> Store::bytes() const {
    SA_TRY(const std::int64_t pages, db_.number("PRAGMA page_count"));
    SA_TRY(const std::int64_t size, db_.number("PRAGMA page_size"));
    return pages * size;
}

}  // namespace smtpaudit
