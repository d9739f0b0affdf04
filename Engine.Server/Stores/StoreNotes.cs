using Engine.Dashboard.Api;
using Engine.Gateway.Web;

namespace Engine.Server.Stores;

/// <summary>What the endpoints of storage are, for a description of the server.</summary>
internal static class StoreNotes
{
    private static readonly ParameterNote s_limit = new("limit", "How many at most: 1 to 200.", ParameterKind.Number);

    private static readonly ParameterNote[] s_letters =
    [
        new("topic", "Only letters of this topic."), new("subscription", "Only letters of this subscription."),
        new("status", "Only letters with this status."),
    ];

    public static EndpointNote Status { get; } = new("What is known of the event store.", typeof(StoreStatus));

    public static EndpointNote Events { get; } = new(
        "A page of stored events, the newest first.", typeof(StoredEventPage),
        new("type", "A name or a pattern of names."), new("key", "What they are about."), new("source", "Who published them."),
        new("correlation_id", "The whole that they belong to.", ParameterKind.Id),
        new("start_time", "The earliest time of recording.", ParameterKind.Time),
        new("end_time", "The time of recording before which events end.", ParameterKind.Time),
        new("before", "The place behind which the page ends.", ParameterKind.Number), s_limit);

    public static EndpointNote Streams { get; } = new(
        "Streams of the store by name.", typeof(StoreStreams), new("prefix", "What their names begin with."),
        new("after", "The last name of the page before."), s_limit);

    public static EndpointNote Stream { get; } = new(
        "A page of a stream's history.", typeof(StoreStreamPage), new("name", "The stream's name."),
        new("from_version", "The first version that is wanted.", ParameterKind.Number), s_limit);

    public static EndpointNote Subscriptions { get; } = new("The durable subscriptions with their lag.", typeof(DurableSubscriptionPage));

    public static EndpointNote Outbox { get; } = new(
        "What is known of the outbox, and its newest rows.", typeof(OutboxStatusPage),
        new("status", "Only rows with this status."), s_limit);

    public static EndpointNote Metrics { get; } = new("How many stored events were handled, and how long that took.", Answer: null);

    public static EndpointNote Letters { get; } = new(
        "Dead letters by number.", typeof(DeadLetterPage),
        [.. s_letters, new("after", "The number behind which the page begins.", ParameterKind.Number), s_limit]);

    public static EndpointNote Letter { get; } = new(
        "A dead letter.", typeof(DeadLetterItem), new ParameterNote("id", "Its number.", ParameterKind.Number));

    public static EndpointNote Redrive { get; } = new(
        "Delivers dead letters again.", typeof(RedriveResult),
        [
            .. s_letters, new("id", "The letters.", ParameterKind.Number, IsRepeated: true),
            new("limit", "How many at most: 1 to 1,000.", ParameterKind.Number),
            new("dry_run", "Whether nothing is delivered.", ParameterKind.Flag),
        ]);

    public static EndpointNote Discard { get; } = new(
        "Removes dead letters for good.", typeof(DiscardResult), new("id", "The letters; needed.", ParameterKind.Number, IsRepeated: true),
        new("reason", "Why; needed."));

    public static EndpointNote Journal { get; } = new("The segments of a journal, and what they hold.", typeof(JournalStatusPage));
}
