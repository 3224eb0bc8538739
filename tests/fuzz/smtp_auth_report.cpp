// The dated report: every row is counted once, on its day, by its TLS version.
#include "fuzz/evidence.hpp"

namespace smtpaudit::fuzz {

void smtp_auth_report(std::string_view bytes) {
    const ReadFile file = check_with_header(
        bytes,
        "date,senderName,senderDomain,authMethod,original_client_ip,tls_version,tls_cipher,"
        "message_count,message_id");
    if (!file.coverage || file.kind != "smtp_auth_report") return;
    require(file.coverage->rows >= file.seen.size(), "no row is told twice");
    if (!file.days.empty()) {
        require(file.coverage->from && file.coverage->to, "a dated file tells what it covers");
        require(day_of(*file.coverage->from) <= *file.days.begin() &&
                    day_of(*file.coverage->to) >= *file.days.rbegin(),
                "every row lies in what is covered");
    }
}

}  // namespace smtpaudit::fuzz
