#include "base/result.hpp"

namespace smtpaudit {

int exit_code(Errc code) {
    switch (code) {
        case Errc::usage:
        case Errc::input: return 2;
        case Errc::sign_in: return 4;
        case Errc::service: return 5;
        case Errc::local: return 6;
        case Errc::closed_pipe: return 0;
        case Errc::interrupted: return 130;
    }
    return 70;
}

}  // namespace smtpaudit
