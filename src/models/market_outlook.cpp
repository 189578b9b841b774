#include "models/market_outlook.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

namespace quoin {

double MarketOutlook::between(const std::vector<double>& months, double day) const {
    double month = (day - last_day) / month_days;
    if (months.empty() || !(month > 0)) return 0;
    auto whole = static_cast<std::size_t>(std::min(month, static_cast<double>(months.size())));
    double before = whole == 0 ? 0 : months[whole - 1];
    if (whole == months.size()) return before;
    return before + (month - static_cast<double>(whole)) * (months[whole] - before);
}

boost::json::object to_json(const MarketOutlook& outlook) {
    return {{"last_day", outlook.last_day},
            {"change", boost::json::value_from(outlook.change)},
            {"deviation", boost::json::value_from(outlook.deviation)},
            {"form", outlook.form}};
}

Result<MarketOutlook> market_outlook_from_json(const boost::json::value& value) try {
    MarketOutlook outlook;
    outlook.last_day = value.at("last_day").to_number<double>();
    outlook.change = boost::json::value_to<std::vector<double>>(value.at("change"));
    outlook.deviation = boost::json::value_to<std::vector<double>>(value.at("deviation"));
    outlook.form = value.at("form").as_string().c_str();
    bool usable = outlook.change.size() == outlook.deviation.size() && std::isfinite(outlook.last_day) &&
                  std::ranges::all_of(outlook.change, [](double v) { return std::isfinite(v); }) &&
                  std::ranges::all_of(outlook.deviation, [](double v) { return std::isfinite(v) && v >= 0; });
    if (!usable) return fail(ErrorKind::corrupt, "the stored outlook of the market is inconsistent");
    return outlook;
} catch (const std::exception& thrown) {
    return fail(ErrorKind::corrupt, "the stored outlook of the market is not readable: {}", thrown.what());
}

}  // namespace quoin
