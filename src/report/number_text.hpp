// Numbers without the noise of binary fractions: 0.1 is "0.1" and 15.0 is "15".
#pragma once

#include <string>

namespace smtpaudit {

// Half up at the given number of decimals, 0 to 4.
double round_decimals(double value, int decimals);
// "0.2500": always so many decimals.
std::string fixed_decimals(double value, int decimals);
// "0.25", "15": at most so many decimals, no zeros at the end.
std::string short_decimals(double value, int decimals);

}  // namespace smtpaudit
