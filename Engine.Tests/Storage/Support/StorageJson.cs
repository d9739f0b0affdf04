using System.Text.Json.Serialization;
using Engine.Bus.Versions;
using Engine.Storage.Records;
using Engine.Tests.Support;

namespace Engine.Tests.Storage.Support;

[JsonSerializable(typeof(OrderCreated))]
[JsonSerializable(typeof(OrderShipped))]
internal sealed partial class StorageJson : JsonSerializerContext;

/// <summary>The event types that these tests store.</summary>
internal static class StorageTypes
{
    public static EventVersions Versions { get; } =
        new EventVersionsBuilder().Add(StorageJson.Default.OrderCreated).Add(StorageJson.Default.OrderShipped).Build();

    public static StoredEventFactory Events { get; } = new(Versions, "shop");
}
