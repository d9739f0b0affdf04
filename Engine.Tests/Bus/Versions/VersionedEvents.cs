using System.Text;
using Engine.Bus.Versions;
using Engine.Events;

namespace Engine.Tests.Bus.Versions;

/// <summary>Three versions of one event: a name, the name in two parts, and a language beside it.</summary>
internal sealed record CustomerNamedV1(string Name) : IVersionedEvent<CustomerNamedV1>
{
    public static EventDescriptor Descriptor { get; } = new("customer.named.v1");

    public static string EventName => "customer.named";

    public static int Version => 1;

    public static CustomerNamedV1 Decode(ReadOnlySpan<byte> payload) => new(Encoding.UTF8.GetString(payload));
}

internal sealed record CustomerNamedV2(string First, string Last) : IVersionedEvent<CustomerNamedV2>
{
    public static EventDescriptor Descriptor { get; } = new("customer.named.v2");

    public static string EventName => "customer.named";

    public static int Version => 2;

    public static CustomerNamedV2 Upcast(in CustomerNamedV1 @event) =>
        @event.Name.Split(' ') is [string first, string last]
            ? new CustomerNamedV2(first, last)
            : throw new FormatException($"\"{@event.Name}\" has no two parts.");
}

internal sealed record CustomerNamed(string First, string Last, string Language) : IVersionedEvent<CustomerNamed>
{
    public static EventDescriptor Descriptor { get; } = new("customer.named");

    public static string EventName => "customer.named";

    public static int Version => 3;

    public static CustomerNamed Upcast(in CustomerNamedV2 @event) => new(@event.First, @event.Last, "en");

    public static CustomerNamed Decode(ReadOnlySpan<byte> payload) =>
        Encoding.UTF8.GetString(payload).Split(' ') is [string first, string last, string language]
            ? new CustomerNamed(first, last, language)
            : throw new FormatException("Three words were expected.");

    public static EventVersions Versions() => new EventVersionsBuilder()
        .AddUpcaster<CustomerNamedV2, CustomerNamed>(Upcast)
        .AddUpcaster<CustomerNamedV1, CustomerNamedV2>(CustomerNamedV2.Upcast)
        .AddDecoder<CustomerNamedV1>(CustomerNamedV1.Decode)
        .AddDecoder<CustomerNamed>(Decode)
        .Build();
}
