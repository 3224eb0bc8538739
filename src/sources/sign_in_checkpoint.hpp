// Windows of sign-ins that an earlier pull read to their end, kept so that the next one asks only
// for what is new: an interrupted scan goes on, a repeated one asks for the time since.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "sources/sign_in_answer.hpp"
#include "sources/sign_in_windows.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace smtpaudit {

// Rows of the last hours before a pull may still come late (facts/graph.md 1.7), so that part of a
// window is asked for again.
inline constexpr std::chrono::hours k_late_rows{2};

struct SavedWindow {
    TimeWindow window;  // without the part whose rows may have come late
    std::string path;
};

// What a window of a pull is read from: a saved window, or the service where there is none.
struct WindowPlan {
    TimeWindow window;
    std::optional<SavedWindow> saved;
};

// One folder for each tenant; its files are this user's alone (0600), for they name accounts and
// addresses. Nothing in it is needed: what is missing or damaged is asked for again.
class SignInCheckpoint {
public:
    // Makes the folder (0700) when something is saved.
    explicit SignInCheckpoint(std::string folder) : folder_(std::move(folder)) {}

    // Every whole and undamaged file, sorted; files of windows that ended before `keep_from`, and
    // those of an interrupted save, are removed.
    std::vector<SavedWindow> saved(UtcTime keep_from) const;

    // A window on its way into the folder; it appears whole or not at all, by commit(). A folder
    // that cannot be written is no error: the next pull then asks again.
    class Writer {
    public:
        Writer(const std::string& folder, TimeWindow window, UtcTime pulled_at);
        ~Writer();
        Writer(Writer&&) noexcept;
        Writer& operator=(Writer&&) = delete;
        void add(const SignInAnswer& page);
        void commit();

    private:
        struct State;
        std::unique_ptr<State> state_;
    };
    Writer begin(TimeWindow window, UtcTime pulled_at) const {
        return {folder_, window, pulled_at};
    }

    // The pages of a saved window as they were pulled, cut to `window`. False: the file cannot be
    // read any more; pages before it may have been given.
    static bool read(const SavedWindow& saved, TimeWindow window,
                     const std::function<void(SignInAnswer&&)>& on_page);

private:
    std::string folder_;
};

// `whole` newest first, without gap or overlap: from saved windows where there are any, and the
// rest as sign_in_windows cuts it.
std::vector<WindowPlan> plan_windows(TimeWindow whole, UtcTime now,
                                     const std::vector<SavedWindow>& saved);

}  // namespace smtpaudit
