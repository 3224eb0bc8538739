// Puts an answer on the wire, whole or broken.
#pragma once

#include "fake_tenant/faults.hpp"
#include "fake_tenant/http.hpp"

namespace smtpaudit::fake {

// The body as a fault about contents leaves it.
void spoil_body(Answer& answer, const Fault& fault);

// What a fault puts in place of the service's answer; empty if it leaves the answer be. Answers
// of the identity platform and of Graph have different error bodies.
std::optional<Answer> answer_instead(const Fault& fault, const Record& request, UtcTime now);

// True: the connection can take another request.
bool deliver(Connection& connection, Answer answer, const Fault* fault, bool may_gzip,
             ServiceTime& time);

}  // namespace smtpaudit::fake
