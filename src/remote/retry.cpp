#include "remote/retry.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <thread>

namespace quoin {
namespace {

constexpr auto asked_max = Duration::days(1);
constexpr std::array month_names = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array day_names = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};  // 1970-01-01 was a Thursday

std::optional<int> digits(std::string_view text) {
    int value = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || text.empty() || text[0] == '-') return {};
    return value;
}

}  // namespace

Backoff::Backoff(const RetryOptions& options, const Clock& clock, Rng rng)
    : options_(options), clock_(clock), rng_(rng), started_(clock.now()) {}

std::optional<Duration> Backoff::next(std::optional<Duration> asked) {
    ++failures_;
    if (options_.attempts_max > 0 && failures_ >= options_.attempts_max) return {};
    auto bound = std::max<std::int64_t>(options_.delay_first.value(), 1);
    for (int i = 1; i < failures_ && bound < options_.delay_max.value(); ++i) bound *= 2;
    bound = std::min(bound, options_.delay_max.value());
    auto wait = Duration{static_cast<std::int64_t>(rng_.below(static_cast<std::uint64_t>(bound) + 1))};
    if (asked) wait = std::max(wait, *asked);
    // A clock that was set back must not make the time endless.
    auto used = std::max(clock_.now() - started_, Duration{0});
    if (options_.total_max.value() > 0 && used.value() + wait.value() > options_.total_max.value()) return {};
    return wait;
}

void Backoff::reset() {
    failures_ = 0;
    started_ = clock_.now();
}

RetryBudget::RetryBudget(double tokens_max, double tokens_per_success)
    : tokens_max_(tokens_max), tokens_per_success_(tokens_per_success), tokens_(tokens_max) {}

bool RetryBudget::take() {
    std::lock_guard lock(mutex_);
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
}

void RetryBudget::on_success() {
    std::lock_guard lock(mutex_);
    tokens_ = std::min(tokens_max_, tokens_ + tokens_per_success_);
}

bool is_worth_retrying(int http_status) {
    constexpr std::array statuses = {408, 425, 429, 500, 502, 503, 504};
    return std::ranges::find(statuses, http_status) != statuses.end();
}

std::optional<Duration> parse_retry_after(std::string_view value, EventTime now) {
    if (!value.empty() && value.find_first_not_of("0123456789") == std::string_view::npos) {
        auto seconds = digits(value);
        return seconds ? std::min(Duration::seconds(*seconds), asked_max) : asked_max;
    }
    auto date = parse_http_date(value);
    if (!date) return {};
    return std::clamp(*date - now, Duration{0}, asked_max);
}

Result<EventTime> parse_http_date(std::string_view text) {
    auto bad = [&] { return fail(ErrorKind::invalid, "'{}' is no HTTP date such as Sun, 06 Nov 1994 08:49:37 GMT", text.substr(0, 64)); };
    if (text.size() != 29 || text.substr(3, 2) != ", " || text[7] != ' ' || text[11] != ' ' || text[16] != ' ' || text[19] != ':' ||
        text[22] != ':' || text.substr(25) != " GMT")
        return bad();
    auto month = std::ranges::find(month_names, text.substr(8, 3)) - month_names.begin();
    auto day = digits(text.substr(5, 2)), year = digits(text.substr(12, 4));
    auto hour = digits(text.substr(17, 2)), minute = digits(text.substr(20, 2)), second = digits(text.substr(23, 2));
    if (month == std::ssize(month_names) || !day || !year || !hour || !minute || !second) return bad();
    std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(month) + 1),
                                     std::chrono::day(static_cast<unsigned>(*day))};
    if (!date.ok() || *year < 1970 || *hour > 23 || *minute > 59 || *second > 60) return bad();
    auto midnight = from_civil(*year, static_cast<unsigned>(month) + 1, static_cast<unsigned>(*day));
    return midnight + Duration::seconds(*hour * 3600 + *minute * 60 + *second);
}

std::string http_date_text(EventTime time) {
    auto seconds = std::chrono::floor<std::chrono::seconds>(std::chrono::microseconds(time.value())).count();
    auto days = std::chrono::floor<std::chrono::days>(std::chrono::seconds(seconds)).count();
    auto date = civil(time);
    auto of_day = seconds - days * 86'400;
    auto weekday = static_cast<std::size_t>(((days % 7) + 7) % 7);
    return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", day_names[weekday], date.day, month_names[date.month - 1], date.year,
                       of_day / 3600, of_day / 60 % 60, of_day % 60);
}

bool sleep_on_this_thread(Duration length) {
    std::this_thread::sleep_for(std::chrono::microseconds(length.value()));
    return true;
}

}  // namespace quoin
