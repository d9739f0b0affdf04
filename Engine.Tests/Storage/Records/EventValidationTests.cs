using Engine.Storage.Records;
using Engine.Tests.Storage.Support;

namespace Engine.Tests.Storage.Records;

internal sealed class EventValidationTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Test]
    public void An_event_that_keeps_all_rules_has_no_problems() =>
        Assert.That(EventValidation.Find(SampleEvents.Event(), Now), Is.Empty);

    [Test]
    public void All_problems_are_found_at_once()
    {
        StoredEvent item = new() { EventType = "", Source = " ", Version = 0, Key = "", ContentType = "", Timestamp = Now.AddSeconds(6) };
        Assert.That(
            EventValidation.Find(item, Now).Select(static problem => problem.Code),
            Is.EquivalentTo(Enum.GetValues<EventErrorCode>().Except([EventErrorCode.InvalidMetadata])));
    }

    [TestCase("Order", false)]
    [TestCase("order_created", false)]
    [TestCase("order..created", false)]
    [TestCase("order.created", true)]
    public void A_type_is_an_event_name(string type, bool isValid) =>
        Assert.That(EventValidation.Find(SampleEvents.Event(type), Now), isValid ? Is.Empty : Is.Not.Empty);

    [TestCase(255, true)]
    [TestCase(256, false)]
    public void Texts_have_at_most_255_characters(int length, bool isValid)
    {
        string text = new('x', length);
        StoredEvent item = SampleEvents.Event(text, key: text) with { Source = text, ContentType = text };
        Assert.That(EventValidation.Find(item, Now).Select(static problem => problem.Code), isValid
            ? Is.Empty
            : Is.EquivalentTo(new[]
            {
                EventErrorCode.InvalidEventType, EventErrorCode.InvalidKey, EventErrorCode.InvalidSource, EventErrorCode.InvalidContentType,
            }));
    }

    [TestCase(0)]
    [TestCase(0xD800)]
    [TestCase(0xDC00)]
    public void Texts_that_a_database_cannot_keep_are_refused(int character)
    {
        string text = $"a{(char)character}b";
        StoredEvent item = SampleEvents.Event(key: text) with { Source = text, Metadata = new Dictionary<string, string> { ["a"] = text } };
        Assert.That(EventValidation.Find(item, Now), Has.Count.EqualTo(3));
    }

    [Test]
    public void A_time_stamp_may_be_ahead_by_the_skew_and_no_more()
    {
        Assert.That(EventValidation.Find(SampleEvents.Event(at: Now.AddSeconds(5)), Now), Is.Empty);
        Assert.That(
            EventValidation.Find(SampleEvents.Event(at: Now.AddSeconds(5).AddTicks(1)), Now).Single().Code,
            Is.EqualTo(EventErrorCode.InvalidTimestamp));
    }

    [Test]
    public void Data_are_bounded()
    {
        var limits = new EventLimits { MaxDataBytes = 10 };
        Assert.That(EventValidation.Find(SampleEvents.Event(data: new string('x', 10)), Now, limits), Is.Empty);
        Assert.That(EventValidation.Find(SampleEvents.Event(data: new string('x', 11)), Now, limits).Single().Field, Is.EqualTo("Data"));
        Assert.That(EventValidation.Find(SampleEvents.Event(data: ""), Now, limits), Has.Count.EqualTo(1));
    }

    [Test]
    public void Metadata_have_at_most_16_entries_and_4096_bytes()
    {
        StoredEvent With(int count, int length) => SampleEvents.Event() with
        {
            Metadata = Enumerable.Range(0, count).ToDictionary(static i => $"{i:x}", _ => new string('x', length)),
        };
        Assert.That(EventValidation.Find(With(16, 255), Now), Is.Empty);
        Assert.That(EventValidation.Find(With(17, 1), Now), Is.Not.Empty);
        Assert.That(EventValidation.Find(With(16, 256), Now), Is.Not.Empty);
    }

    [Test]
    public void The_error_names_the_place_in_a_batch_and_lists_everything()
    {
        EventValidationException error = Assert.Throws<EventValidationException>(() => EventValidation.ThrowIfInvalid(
            [SampleEvents.Event(), SampleEvents.Event("No") with { Source = "" }], Now, EventLimits.Default))!;
        Assert.That(error.Problems.Select(static problem => problem.Field), Is.EqualTo(new[] { "[1].EventType", "[1].Source" }));
        Assert.That(error.Message, Does.Contain("\"No\""));
    }

    [Test]
    public void Ids_of_other_systems_become_the_same_id_each_time()
    {
        Guid id = Guid.NewGuid();
        Assert.That(StoredEvent.IdFrom(id.ToString()), Is.EqualTo(id));
        Assert.That(StoredEvent.IdFrom("order-17"), Is.EqualTo(new Guid("72a90ea3-da8b-8dd0-9bde-2f27314e02e2")));
        Assert.That(StoredEvent.IdFrom("order-18"), Is.Not.EqualTo(StoredEvent.IdFrom("order-17")));
        Assert.Throws<ArgumentException>(static () => StoredEvent.IdFrom(new string('x', 256)));
    }
}
