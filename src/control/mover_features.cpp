#include "control/mover_features.h"

#include "base/result.h"

namespace quoin {

const std::vector<std::string>& mover_features() {
    static const std::vector<std::string> names = {
        "user_documents:doc_access_count_7d",    "user_documents:doc_access_count_30d",
        "user_documents:doc_view_seconds_30d",   "user_documents:last_doc_access_days_ago",
        "user_documents:doc_access_trend",       "user_email:email_open_rate_30d",
        "user_email:email_click_rate_30d",       "user_email:emails_clicked_30d",
        "user_email:days_since_last_email_open", "user_search:property_searches_30d",
        "user_search:market_report_views_30d",   "user_listings:listing_views_7d",
        "user_listings:listing_views_30d",       "user_platform:login_count_7d",
        "user_platform:login_count_30d",         "user_platform:avg_session_duration_minutes",
        "user_platform:pages_per_session",       "user_platform:days_since_last_login",
        "user_alerts:alerts_acted_upon_30d",     "user_alerts:alert_action_rate_30d",
        "user_engagement:active_days_30d",       "user_engagement:activity_slope_28d",
        "user_engagement:activity_entropy_30d",  "user_engagement:activity_decay",
        "user_interests:purchase_documents_30d", "user_interests:loan_documents_30d",
        "user_interests:lease_documents_30d",    "user_interests:income_property_searches_30d",
        "user_interests:calculator_uses_30d",    "user_interests:valuation_uses_30d",
        "user_interests:comparison_uses_30d",    "user_interests:export_uses_30d",
        "user_interests:listing_clicks_30d",     "user_interests:value_clicks_30d",
        "user_interests:rate_clicks_30d",        "user_interests:rate_alert_actions_30d",
    };
    return names;
}

const std::vector<std::string>& contact_time_features() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> made;
        for (const char* day : {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"})
            made.push_back(fmt::format("user_contact_times:actions_{}_90d", day));
        for (int hour = 0; hour < 24; ++hour) made.push_back(fmt::format("user_contact_times:actions_hour_{:02d}_90d", hour));
        return made;
    }();
    return names;
}

}  // namespace quoin
