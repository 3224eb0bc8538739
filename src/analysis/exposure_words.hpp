// The evidence behind each point of an account's exposure, in one sentence.
#pragma once

#include "analysis/subject_view.hpp"

#include <string>

namespace smtpaudit {

std::string exposure_words(ExposureFactor factor, const SubjectView& view);

}  // namespace smtpaudit
