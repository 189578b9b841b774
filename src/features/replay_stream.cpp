#include "features/replay_stream.h"

#include <algorithm>
#include <boost/json.hpp>
#include <functional>

#include "base/json.h"
#include "features/online_view.h"
#include "features/replay_entity.h"
#include "features/replay_pending.h"
#include "features/replay_records.h"

namespace quoin {
namespace {

namespace json = boost::json;

constexpr std::size_t texts_kept_max = 1u << 20;
constexpr std::string_view pending_order = "0";

std::string shown(std::string_view text) { return std::string(text.substr(0, 120)) + (text.size() > 120 ? "…" : ""); }

/// The statuses as serving has them. `view` outlives the answer.
FeatureAnswer answer_of(const FeatureView& view, const FeatureRow& row, EventTime at) {
    FeatureAnswer answer{.view = std::shared_ptr<const FeatureView>(std::shared_ptr<void>(), &view), .row = row, .at = at};
    answer.is_known = !row.event_time.is_missing() || view.bindings().empty();
    answer.is_outside = view.is_outside(row.event_time, at);
    return answer;
}

/// The entity in hand, with the events it has had so far.
class EntityInHand {
public:
    EntityInHand(const ReplayPlan& plan, std::uint8_t entity, TextTable& texts)
        : plan_(plan), views_(views_of(plan, entity)), running_(plan, views_, texts), apart_(plan, views_, texts) {}

    void begin() {
        running_.begin();
        kept_.clear(), places_.clear(), waiting_.clear();
        folded_ = 0;
        is_whole_ = true;
    }

    Status fold(const LineEvent& event, std::uint16_t type, EventTime order) {
        const PlannedType& planned = plan_.types()[type];
        if (!planned.type->decode(event.data, scratch_)) return {};
        ReplayRecord head{.type = type, .order = order.value(), .time = event.time.value(), .sequence = event.sequence};
        keep(head, planned);
        if (waits_ && is_whole_) {
            waiting_.push_back({event.sequence, places_.back()});
            std::ranges::push_heap(waiting_, std::greater());
            return {};
        }
        FeatureOperator::complete(scratch_, event.time);
        take(running_, head, scratch_);
        return {};
    }

    /// The row of a view; valid until the next call. A question that tells how far into the log it looks sees the events up to there: from
    /// the first such question on, events wait until a question looks as far.
    Result<const FeatureRow*> values(const LineQuestion& question, std::uint16_t view, bool wants_lists) {
        auto place = static_cast<std::size_t>(std::ranges::find(views_, view) - views_.begin());
        std::uint64_t last = question.sequence.value_or(std::numeric_limits<std::uint64_t>::max());
        waits_ = waits_ || question.sequence;
        for (; !waiting_.empty() && waiting_.front().first <= last; waiting_.pop_back()) {
            take_kept(running_, waiting_.front().second);
            std::ranges::pop_heap(waiting_, std::greater());
        }
        if (folded_ <= last) return &running_.values(place, question.at, wants_lists);
        if (!is_whole_)
            return fail(ErrorKind::too_large, "question '{}' looks into the log up to {} only, and '{}' has more than {} bytes of events",
                        question.question, last, question.entity, ReplayStream::kept_bytes_max);
        apart_.begin();
        std::uint64_t folded = folded_;
        for (auto offset : places_)
            if (record_head(kept_.data() + offset).sequence <= last) take_kept(apart_, offset);
        folded_ = folded;
        return &apart_.values(place, question.at, wants_lists);
    }

private:
    static std::vector<std::uint16_t> views_of(const ReplayPlan& plan, std::uint8_t entity) {
        std::vector<std::uint16_t> views;
        for (std::uint16_t view = 0; view < plan.views().size(); ++view)
            if (plan.views()[view].entity == entity) views.push_back(view);
        return views;
    }
    void take(EntityReplay& entity, const ReplayRecord& head, const Record& completed) {
        if (entity.takes(head.type)) entity.fold(head.type, completed, EventTime{head.time}, EventTime{head.order});
        folded_ = std::max(folded_, head.sequence);
    }
    void take_kept(EntityReplay& entity, std::size_t offset) {
        ReplayRecord head = record_head(kept_.data() + offset);
        read_fields(plan_.types()[head.type], kept_.data() + offset, kept_record_);
        take(entity, head, kept_record_);
    }
    void keep(const ReplayRecord& head, const PlannedType& type) {
        if (!is_whole_) return;
        places_.push_back(kept_.size());
        append_record(head, {}, {type, scratch_}, kept_);
        is_whole_ = kept_.size() <= ReplayStream::kept_bytes_max;
        if (is_whole_) return;
        for (auto [sequence, offset] : waiting_) take_kept(running_, offset);
        kept_ = {}, places_ = {}, waiting_ = {};
    }

    const ReplayPlan& plan_;
    std::vector<std::uint16_t> views_;
    EntityReplay running_, apart_;
    std::string kept_;
    std::vector<std::size_t> places_;
    std::vector<std::pair<std::uint64_t, std::size_t>> waiting_;  ///< sequence and place of events not folded yet; a heap
    std::uint64_t folded_ = 0;
    bool is_whole_ = true, waits_ = false;
    Record scratch_, kept_record_;
};

}  // namespace

struct ReplayStream::State {
    const ReplayPlan& plan;
    bool as_numbers;
    std::uint64_t vectors = 0, lines = 0;
    std::string key, order;  ///< of the last line
    std::unique_ptr<TextTable> texts = std::make_unique<TextTable>();
    std::map<std::uint8_t, std::unique_ptr<EntityInHand>> entities;
    EntityInHand* entity = nullptr;
    std::optional<std::uint8_t> entity_type;
    std::optional<PendingQuestion> pending;

    const FeatureView& view_of(const LineQuestion& question) const { return *plan.views()[*plan.view(question.view)].view; }

    Status begin_key(std::string_view new_key) {
        if (texts->size() > texts_kept_max) entities.clear(), texts = std::make_unique<TextTable>();
        key = new_key;
        entity = nullptr;
        TRY(parsed, parse_json(key));
        const json::array* parts = parsed.if_array();
        bool is_text = parts && !parts->empty() && (*parts)[0].is_string();
        if (is_text && (*parts)[0].get_string() == "q") return {};
        if (!is_text || (*parts)[0].get_string() != "e" || parts->size() != 4 || !(*parts)[1].is_string())
            return fail(ErrorKind::invalid, "'{}' is no key", shown(key));
        auto type = plan.entity(std::string_view((*parts)[1].get_string().data(), (*parts)[1].get_string().size()));
        if (!type) return {};  // an entity that none of the views is about
        auto& place = entities[*type];
        if (!place) place = std::make_unique<EntityInHand>(plan, *type, *texts);
        entity = place.get();
        entity->begin();
        return {};
    }

    Status take_event(const json::object& object, std::string_view order) {
        TRY(event, read_line_event(object));
        TRY(moment, read_order_text(order));
        auto type = plan.type(event.type);
        return entity && type ? entity->fold(event, *type, moment) : Status{};
    }

    Status take_question(const json::object& object, std::string& out) {
        TRY(question, read_line_question(object));
        auto view = plan.view(question.view);
        if (!view || !entity || entity_line_key(plan.views()[*view].view->entity(), question.tenant, question.entity) != key)
            return fail(ErrorKind::invalid, "question '{}' for view '{}' does not belong to {}", question.question, question.view,
                        shown(key));
        bool has_lists = false;
        for (const auto& feature : plan.views()[*view].view->declaration().features) has_lists = has_lists || is_list(feature.type);
        TRY(row, entity->values(question, *view, has_lists));
        if (!plan.views()[*view].looks_up) return emit(question, *row, out), Status{};
        PendingQuestion waiting{.question = std::move(question), .row = *row, .asks = {}};
        advance(waiting, out);
        return {};
    }

    Status take_found(const json::object& object) {
        const auto* number = object.if_contains("number");
        if (!pending || !number || !number->is_int64() || static_cast<std::uint64_t>(number->get_int64()) >= pending->asks.size())
            return fail(ErrorKind::invalid, "an answer came to {}, which does not wait for it", shown(key));
        auto& ask = pending->asks[static_cast<std::size_t>(number->get_int64())];
        const FeatureView& view = *plan.views()[*plan.view(ask.view)].view;
        const auto* row = object.if_contains("row");
        const auto* time = object.if_contains("event_time");
        if (!row || !time || !time->is_int64()) return fail(ErrorKind::invalid, "an answer needs 'row' and 'event_time'");
        TRY(found, read_row(*row, view, *texts));
        ask.row = std::move(found), ask.is_found = true;
        ask.row.event_time = EventTime{time->get_int64()};
        return {};
    }

    /// Computes as far as possible: out comes the answer, or the question itself for the next round with those it asks.
    void advance(PendingQuestion& waiting, std::string& out) {
        std::size_t before = resolve(waiting, plan, *texts);
        bool is_complete = std::ranges::all_of(waiting.asks, &PendingQuestion::Ask::is_found);
        if (is_complete) return emit(waiting.question, waiting.row, out);
        std::string own_key = question_line_key(waiting.question.question, waiting.question.view);
        append_keyed_line(out, own_key, pending_order, json_text(json::object{{"pending", pending_json(waiting, plan, *texts)}}));
        for (std::size_t i = before; i < waiting.asks.size(); ++i) {
            LineQuestion one = waiting.question;
            one.question += fmt::format("/{}/{}", waiting.question.view, i);
            one.reply = own_key, one.number = i, one.view = waiting.asks[i].view, one.entity = waiting.asks[i].entity;
            append_keyed_line(out, entity_line_key(view_of(one).entity(), one.tenant, one.entity),
                              fmt::format("{}.1.{}", order_text(one.at), json_text(json::value(one.question))),
                              json_text(json::object{{"question", line_question_json(one)}}));
        }
    }

    void emit(const LineQuestion& question, const FeatureRow& row, std::string& out) {
        const FeatureView& view = view_of(question);
        if (!question.reply.empty()) {
            json::object found{
                {"number", question.number}, {"event_time", row.event_time.value()}, {"row", row_json(view, row, *texts, false)}};
            append_keyed_line(out, question.reply, fmt::format("1.{:020}", question.number),
                              json_text(json::object{{"found", std::move(found)}}));
            return;
        }
        ++vectors;
        json::object vector = line_question_json(question), values, statuses;
        if (!row.event_time.is_missing()) vector["event_time"] = row.event_time.value();
        json::array array = row_json(view, row, *texts, as_numbers);
        FeatureAnswer answer = answer_of(view, row, question.at);
        for (std::uint16_t slot = 0; slot < array.size(); ++slot) {
            const std::string& name = view.features()[slot].declaration->name;
            values[name] = std::move(array[slot]);
            statuses[name] = name_of(answer.status(slot));
        }
        vector["values"] = std::move(values);
        vector["statuses"] = std::move(statuses);
        out.append(json_text(vector)).append(1, '\n');
    }

    void end_key(std::string& out) {
        if (pending) advance(*pending, out);
        pending.reset();
    }
};

ReplayStream::ReplayStream(const ReplayPlan& plan, bool as_numbers) : state_(new State{plan, as_numbers}) {}
ReplayStream::~ReplayStream() = default;
std::uint64_t ReplayStream::vectors() const { return state_->vectors; }

Status ReplayStream::take(std::string_view line, std::string& out) {
    State& state = *state_;
    if (line.empty()) return {};
    auto take = [&]() -> Status {
        TRY(keyed, read_keyed_line(line));
        bool is_new = state.lines == 0 || keyed.key != state.key;
        if (state.lines > 0 && (keyed.key < state.key || (!is_new && keyed.order < state.order)))
            return fail(ErrorKind::invalid, "the lines are not sorted by their bytes (LC_ALL=C sort)");
        if (is_new) {
            state.end_key(out);
            TRY_VOID(state.begin_key(keyed.key));
        }
        state.order = keyed.order;
        TRY(parsed, parse_json(keyed.json));
        if (!parsed.is_object() || parsed.get_object().size() != 1 || !parsed.get_object().begin()->value().is_object())
            return fail(ErrorKind::invalid, "'{}' is none of this program's lines", shown(keyed.json));
        const auto& member = *parsed.get_object().begin();
        const json::object& object = member.value().get_object();
        if (member.key() == "event") return state.take_event(object, keyed.order);
        if (member.key() == "question") return state.take_question(object, out);
        if (member.key() == "found") return state.take_found(object);
        if (member.key() != "pending") return fail(ErrorKind::invalid, "'{}' is no kind of line", std::string_view(member.key()));
        TRY(pending, read_pending(object, state.plan, *state.texts));
        state.pending = std::move(pending);
        return {};
    };
    auto status = take();
    ++state.lines;
    if (!status) status.error().message = fmt::format("line {}: {}", state.lines, status.error().message);
    return status;
}

Status ReplayStream::finish(std::string& out) {
    state_->end_key(out);
    return {};
}

}  // namespace quoin
