using System.Diagnostics.Tracing;

namespace Engine.Diagnostics;

/// <summary>
/// What the engine tells trace sessions: the event source <c>Engine</c>, listed event by event in
/// <c>docs/diagnostics.md</c>. Any thread may write; a write waits for in-process listeners, which run inside it.
/// <code>
/// Cost       Nothing is written per event of a virtual machine. Each call site asks IsEnabled with the event's own level
///            and keyword first, so without a session it costs a few loads per batch, sleep or change.
///
/// Payloads   Only strings, integers and doubles, described by a manifest: neither trimming nor Native AOT takes
///            anything away that a session needs. Call the WriteEvent overload whose parameters are exactly the event's;
///            one that is merely convertible writes bytes that readers decode as something else.
///
/// Activities BatchStart and BatchStop are an activity. The runtime numbers activities while a session enables
///            System.Threading.Tasks.TplEventSource with keyword 0x80.
/// </code>
/// Ids, names and payloads are stable: new fields go at the end, with a new version of the event.
/// </summary>
[EventSource(Name = SourceName)]
internal sealed partial class EngineEventSource : EventSource
{
    public const string SourceName = "Engine";

    public static readonly EngineEventSource Log = new();

    private EngineEventSource()
    {
    }

    /// <summary>What a session can choose from.</summary>
    public static class Keywords
    {
        /// <summary>Producers and lanes.</summary>
        public const EventKeywords Publish = (EventKeywords)0x1;

        /// <summary>Batches, their size, and the sleep of dispatchers.</summary>
        public const EventKeywords Dispatch = (EventKeywords)0x2;

        /// <summary>Subscriptions and their tables.</summary>
        public const EventKeywords Subscription = (EventKeywords)0x4;

        /// <summary>Stalls and losses: what happens where events come faster than they are handled.</summary>
        public const EventKeywords Backpressure = (EventKeywords)0x8;

        /// <summary>Start and stop of engines.</summary>
        public const EventKeywords Lifecycle = (EventKeywords)0x10;

        /// <summary>What handlers, filters and loss callbacks throw.</summary>
        public const EventKeywords Errors = (EventKeywords)0x20;
    }

    /// <summary>What lasts from a start to a stop event.</summary>
    public static class Tasks
    {
        /// <summary>One batch of one lane, from before the first handler to after the last one.</summary>
        public const EventTask Batch = (EventTask)1;
    }
}
