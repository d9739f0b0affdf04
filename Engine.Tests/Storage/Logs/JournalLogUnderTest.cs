using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Engine.Bus.Versions;
using Engine.Events;
using Engine.Primitives;
using Engine.Storage.Codecs;
using Engine.Storage.Frames;
using Engine.Storage.Journals;
using Engine.Storage.Logs;
using Engine.Tests.Support;

namespace Engine.Tests.Storage.Logs;

/// <summary>A journal that is written by hand and read as records.</summary>
internal sealed class JournalLogUnderTest : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, long> _next = [];
    private Journal? _journal;

    public string Path => _folder.PathOf("journal");

    public string PathOf(string name) => _folder.PathOf(name);

    public Journal Journal => _journal!;

    public static JournalEventTypes Types { get; } =
        new JournalEventTypes().Add<Number>().Add<Letter>().Add<GaugeRead>().Add<GaugeReadV1>();

    public static EventVersions Versions { get; } = new EventVersionsBuilder()
        .Add(LayoutEventCodec<Number>.Instance)
        .Add(LayoutEventCodec<Letter>.Instance)
        .Add(LayoutEventCodec<GaugeReadV1>.Instance)
        .Add(LayoutEventCodec<GaugeRead>.Instance)
        .AddUpcaster<GaugeReadV1, GaugeRead>(static (in GaugeReadV1 old) => new GaugeRead(old.Celsius * 1000, 0))
        .Build();

    /// <summary>Begins a session.</summary>
    public void Open(int frameEvents = 10, long segmentBytes = 2000, TimeProvider? time = null)
    {
        _next.Clear();
        _journal = Journal.Open(
            new DiskFiles(Path),
            new JournalOptions
            {
                FrameEvents = frameEvents,
                SegmentBytes = segmentBytes,
                MaxDelay = TimeSpan.FromMinutes(1),
                TimeProvider = time ?? TimeProvider.System,
            });
    }

    /// <summary>Appends events, which are in frames of their own when it returns.</summary>
    public void Append<[DynamicallyAccessedMembers(EventLayout.Fields)] T>(
        ReadOnlySpan<T> events, string producer = "p", bool flushes = true)
        where T : unmanaged, IEvent<T>
    {
        string key = typeof(T).Name + producer;
        long next = _next.GetValueOrDefault(key);
        StreamOf<T>(producer).Append(events, new Envelope(T.Descriptor, InfoOf(producer), next, next * 10, 0, 0, isInline: false));
        _next[key] = next + events.Length;
        if (flushes)
            Flush();
    }

    public void Lose<[DynamicallyAccessedMembers(EventLayout.Fields)] T>(int count, string producer = "p")
        where T : unmanaged, IEvent<T>
    {
        string key = typeof(T).Name + producer;
        long next = _next.GetValueOrDefault(key);
        StreamOf<T>(producer).NoteLoss(new LossNotice(T.Descriptor, InfoOf(producer), next, next + count - 1, OverflowPolicy.DropOldest));
        _next[key] = next + count;
    }

    public void Flush() => Assert.That(Journal.Flush(Eventually.HangGuard), Is.True);

    public JournalEvents Read(JournalEventTypes? types = null) =>
        JournalEvents.Open(Path, types ?? Types, new JournalEventsOptions { PollInterval = TimeSpan.FromMilliseconds(2) });

    /// <summary>Ends the session.</summary>
    public void Close()
    {
        _journal?.Dispose();
        _journal = null;
    }

    public void Dispose()
    {
        Close();
        _folder.Dispose();
    }

    private readonly Dictionary<string, object> _streams = [];

    private JournalStream<T> StreamOf<[DynamicallyAccessedMembers(EventLayout.Fields)] T>(string producer)
        where T : unmanaged, IEvent<T>
    {
        string key = $"{typeof(T).Name}/{producer}/{Journal.Session}";
        if (!_streams.TryGetValue(key, out object? stream))
            _streams.Add(key, stream = Journal.OpenStream<T>(InfoOf(producer)));
        return (JournalStream<T>)stream;
    }

    private static ProducerInfo InfoOf(string producer) => new(1 + producer[0], producer, producer == "vm" ? "vm-1" : null);
}

/// <summary>The first version as the build knew it that recorded it: it was the newest then, and had the event's own name.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
internal readonly record struct GaugeAsItWas(long Celsius, int Reserved) : IEvent<GaugeAsItWas>
{
    public static EventDescriptor Descriptor { get; } = new("gauge.read");
}

/// <summary>The same, as a build knows it that has a second version.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
internal readonly record struct GaugeReadV1(long Celsius, int Reserved) : IVersionedEvent<GaugeReadV1>
{
    public static EventDescriptor Descriptor { get; } = new("gauge.read.v1");

    public static string EventName => "gauge.read";

    public static int Version => 1;
}

/// <summary>The second version.</summary>
[StructLayout(LayoutKind.Sequential, Size = 24)]
internal readonly record struct GaugeRead(long MilliCelsius, long Room) : IVersionedEvent<GaugeRead>
{
    public static EventDescriptor Descriptor { get; } = new("gauge.read");

    public static string EventName => "gauge.read";

    public static int Version => 2;
}
