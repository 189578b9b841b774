#include "events/cloud_event.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "events/event_envelope.h"

namespace quoin {
namespace {

using testing::HasSubstr;
using Headers = std::vector<std::pair<std::string_view, std::string_view>>;

const EventTime now = parse_time("2026-05-01T12:00:00Z").value();

Result<std::vector<ReadEvent>> http(const Headers& headers, std::string_view body) {
    return read_http_events({.headers = headers, .body = body}, EventTypes(), now);
}
std::string refusal(std::string_view event) {
    auto read = http({{"Content-Type", "application/cloudevents+json"}}, event);
    if (!read) return "whole: " + read.error().message;
    return read->front().refusal ? read->front().refusal->message : "read";
}

TEST(CloudEvent, ReadsTheStructuredMode) {
    // The example of the JSON Event Format 1.0.2, section 3.2, with a payload of ours.
    auto read = http({{"content-type", "Application/CloudEvents+json; charset=utf-8"}},
                     R"({"specversion": "1.0", "type": "com.example.someevent", "source": "/mycontext", "subject": null,
                         "id": "C234-1234-\u00e4", "time": "2018-04-05T17:31:00Z", "comexampleothervalue": 5, "tenant": "acme",
                         "datacontenttype": "application/vnd.x+json", "data": {"a" : [1, "\u0041"]}})");
    ASSERT_TRUE(read.has_value()) << read.error().message;
    ASSERT_EQ(read->size(), 1u);
    ASSERT_FALSE(read->front().refusal) << read->front().refusal->message;
    const auto& event = read->front().event;
    EXPECT_EQ(event.type, "com.example.someevent");
    EXPECT_EQ(event.source, "/mycontext");
    EXPECT_EQ(event.id, "C234-1234-\xc3\xa4");
    EXPECT_EQ(event.subject, "");
    EXPECT_EQ(event.tenant, TenantId{"acme"});
    EXPECT_EQ(event.time, *parse_time("2018-04-05T17:31:00Z"));
    EXPECT_EQ(event.data, R"({"a" : [1, "\u0041"]})") << "the payload stays as it was written";
}

TEST(CloudEvent, SaysWhyAnEventIsNone) {
    const std::string good = R"({"specversion": "1.0", "type": "t", "source": "/s", "id": "1")";
    EXPECT_EQ(refusal(good + "}"), "read");
    EXPECT_EQ(refusal(R"({"specversion": "1.0", "type": "t", "source": "/s"})"), "the event has no 'id'");
    EXPECT_EQ(refusal(R"({"specversion": "1.0", "type": "t", "source": "", "id": "1"})"), "the event has no 'source'");
    EXPECT_EQ(refusal(R"({"specversion": "1.0", "type": "t", "source": "/s", "id": 1})"), "'id' is '1'; a text is expected");
    EXPECT_EQ(refusal(R"({"specversion": "0.3", "type": "t", "source": "/s", "id": "1"})"),
              "the event has specversion '0.3'; 1.0 is understood");
    EXPECT_THAT(refusal(good + R"(, "time": "yesterday"})"), HasSubstr("'time' is 'yesterday'"));
    EXPECT_THAT(refusal(good + R"(, "datacontenttype": "text/xml", "data": "<a/>"})"), HasSubstr("content type 'text/xml'"));
    EXPECT_THAT(refusal(good + R"(, "data": {}, "data_base64": ""})"), HasSubstr("both data and data_base64"));
    EXPECT_THAT(refusal(good + R"(, "data_base64": "e30"})"), HasSubstr("not base64"));
    EXPECT_THAT(refusal("{"), HasSubstr("whole: the request is no JSON object"));
    EXPECT_THAT(refusal("[]"), HasSubstr("whole: the request is no JSON object"));
    EXPECT_THAT(refusal(good + R"(, "id": "2"})"), HasSubstr("a key stands twice"));
    EXPECT_EQ(http({{"content-type", "application/cloudevents+avro"}}, "").error().kind, ErrorKind::unsupported);
    EXPECT_THAT(http({{"content-type", "text/xml"}}, "<a/>").error().message, HasSubstr("no CloudEvent but text/xml"));
    EXPECT_EQ(http({{"content-type", "application/json"}}, good + "}")->front().event.id, "1") << "JSON that says what it is";
    EXPECT_EQ(http({{"content-type", "application/json"}}, R"({"eventType": "t"})")->front().event.type, "t") << "a tracker's body";
    EXPECT_EQ(http({}, "{}")->front().refusal->field, "eventType");
}

TEST(CloudEvent, ReadsBinaryPayloadsOfTheJsonFormat) {
    auto read = http({{"content-type", "application/cloudevents+json"}},
                     R"({"specversion": "1.0", "type": "t", "source": "/s", "id": "1", "data_base64": "eyJ1c2VyIjogInUifQ=="})");
    EXPECT_EQ(read->front().event.data, R"({"user": "u"})");
    EXPECT_EQ(read->front().event.time, now) << "no time: when it came";
    for (auto [text, bytes] : {std::pair{"", ""}, {"Zg==", "f"}, {"Zm8=", "fo"}, {"Zm9v", "foo"}, {"Zm9vYmFy", "foobar"}})
        EXPECT_EQ(base64_decoded(text), bytes) << "RFC 4648 section 10";
    EXPECT_EQ(base64_encoded("foobar") + base64_encoded("fooba") + base64_encoded("f"), "Zm9vYmFyZm9vYmE=Zg==");
    for (auto text : {"Zg=", "Zg", "Z===", "Zh==", "Zm9v\n", "Zm9=v==="}) EXPECT_EQ(base64_decoded(text), std::nullopt) << text;
}

TEST(CloudEvent, ReadsBatchesElementByElement) {
    auto read = http({{"content-type", "application/cloudevents-batch+json"}},
                     R"([{"specversion": "1.0", "type": "t", "source": "/s", "id": "1", "data": {}}, 7,
                         {"specversion": "1.0", "type": "t", "source": "/s"},
                         {"specversion": "1.0", "type": "t", "source": "/s", "id": "4"}])");
    ASSERT_TRUE(read.has_value());
    ASSERT_EQ(read->size(), 4u);
    EXPECT_FALSE((*read)[0].refusal);
    EXPECT_TRUE((*read)[1].refusal);
    EXPECT_EQ((*read)[2].refusal->field, "id");
    EXPECT_EQ((*read)[2].event.source, "/s") << "what could be read is kept";
    EXPECT_THAT((*read)[2].event.data, HasSubstr("specversion"));
    EXPECT_EQ((*read)[3].event.id, "4");
    EXPECT_EQ(http({{"content-type", "application/cloudevents-batch+json"}}, "[]")->size(), 0u);
    EXPECT_EQ(http({{"content-type", "application/cloudevents-batch+json"}}, "[{}").error().field, "body");
    std::string many = "[";
    for (int i = 0; i < 10'001; ++i) many += "{},";
    many.back() = ']';
    EXPECT_EQ(http({{"content-type", "application/cloudevents-batch+json"}}, many).error().kind, ErrorKind::too_large);
}

TEST(CloudEvent, ReadsTheBinaryModeOfHttp) {
    // "Euro € 😀" is the example of the HTTP Protocol Binding 1.0.2, section 3.1.3.2.
    auto read = http({{"CE-SpecVersion", "1.0"},
                      {"ce-type", "t"},
                      {"ce-source", "\"/a \\\"quoted\\\" source\""},
                      {"ce-id", "Euro%20%E2%82%AC%20%F0%9F%98%80"},
                      {"ce-subject", "100%"},
                      {"ce-time", "2026-04-30T10:00:00+02:00"},
                      {"Content-Type", "application/json; charset=utf-8"}},
                     R"({"a": 1})");
    ASSERT_TRUE(read.has_value());
    ASSERT_FALSE(read->front().refusal) << read->front().refusal->message;
    const auto& event = read->front().event;
    EXPECT_EQ(event.id, "Euro \xe2\x82\xac \xf0\x9f\x98\x80");
    EXPECT_EQ(event.source, "/a \"quoted\" source");
    EXPECT_EQ(event.subject, "100%");
    EXPECT_EQ(event.time, *parse_time("2026-04-30T08:00:00Z"));
    EXPECT_EQ(event.data, R"({"a": 1})");
    auto xml = http({{"ce-specversion", "1.0"}, {"ce-type", "t"}, {"ce-source", "/s"}, {"ce-id", "1"}, {"content-type", "text/xml"}},
                    "<a/>");
    EXPECT_EQ(xml->front().refusal->kind, ErrorKind::unsupported);
    EXPECT_EQ(xml->front().event.data, "<a/>");
    EXPECT_EQ(http({{"ce-specversion", "1.1"}, {"ce-type", "t"}}, "{}")->front().refusal->field, "specversion");
}

TEST(CloudEvent, ReadsBothModesOfKafka) {
    Headers structured = {{"content-type", "application/cloudevents+json"}};
    auto event = read_kafka_event({structured, R"({"specversion": "1.0", "type": "t", "source": "/s", "id": "1"})"}, now);
    ASSERT_TRUE(event.has_value());
    EXPECT_EQ(event->id, "1");
    Headers binary = {{"ce_specversion", "1.0"}, {"ce_type", "t"}, {"ce_source", "/s"}, {"ce_id", "100%25"}, {"ce_tenant", "acme"}};
    event = read_kafka_event({binary, R"({"a": 1})"}, now);
    ASSERT_TRUE(event.has_value());
    EXPECT_EQ(event->id, "100%25") << "Kafka's headers are not encoded";
    EXPECT_EQ(event->tenant, TenantId{"acme"});
    EXPECT_EQ(read_kafka_event({{}, "{}"}, now).error().kind, ErrorKind::invalid);
    binary.pop_back(), binary.pop_back();
    EXPECT_TRUE(read_kafka_event({binary, "{}"}, now).has_value()) << "an id that is missing is found by Ingest";
}

TEST(TrackEvent, IsTheSameEventAsItsCloudEvent) {
    auto types = EventTypes::of(
                     {EventType::parse("type: document.accessed\ndescription: d\nentities: {user: user_id, property: property_id}\n"
                                       "fields:\n  user_id: {type: text}\n  property_id: {type: text}\n",
                                       "a")
                          .value(),
                      EventType::parse("type: lead.created\ndescription: d\nentities: {lead: lead_id}\n"
                                       "fields: {lead_id: {type: text}}\n",
                                       "b")
                          .value()})
                     .value();
    // Document 001's track_event: datetime.utcnow().isoformat() has microseconds and no zone.
    std::string body = R"({"timestamp": "2026-05-01T10:11:12.345678", "eventType": "lead.created", "entityId": "l\"1",
                           "properties": { "score": 3}, "source": "api"})";
    auto event = read_track_event(body, types, now);
    ASSERT_TRUE(event.has_value()) << event.error().message;
    EXPECT_EQ(event->time, *parse_time("2026-05-01T10:11:12.345678Z"));
    EXPECT_EQ(event->source, "api");
    EXPECT_EQ(event->subject, "l\"1");
    EXPECT_EQ(event->data, R"({"lead_id":"l\"1", "score": 3})");
    EXPECT_EQ(event->id, read_track_event(body, types, now)->id) << "a retry is the same event";
    EXPECT_NE(event->id, read_track_event(body + " ", types, now)->id);
    EXPECT_EQ(read_track_event(R"({"eventType": "lead.created", "entityId": "x", "eventId": "7"})", types, now)->data,
              R"({"lead_id":"x"})");
    EXPECT_EQ(read_track_event(R"({"eventType": "lead.created", "entityId": "x", "properties": {"lead_id": null}})", types, now)->data,
              R"({"lead_id": null})");
    EXPECT_EQ(read_track_event(R"({"eventType": "document.accessed", "entityId": "u", "entityType": "user"})", types, now)->data,
              R"({"user_id":"u"})");
    EXPECT_THAT(read_track_event(R"({"eventType": "document.accessed", "entityId": "u"})", types, now).error().message,
                HasSubstr("say which with entityType: property, user"));
    EXPECT_EQ(read_track_event(R"({"entityId": "u"})", types, now).error().field, "eventType");
    EXPECT_EQ(read_track_event("[]", types, now).error().field, "body");
}

}  // namespace
}  // namespace quoin
