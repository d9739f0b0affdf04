using System.Data;
using System.Runtime.InteropServices;

namespace Engine.Storage.Databases;

/// <summary>A value for a parameter, with the type that it has also when it is null.</summary>
internal readonly record struct SqlValue(DbType Type, object? Value)
{
    public static implicit operator SqlValue(string? text) => new(DbType.String, text);

    public static implicit operator SqlValue(long number) => new(DbType.Int64, number);

    public static implicit operator SqlValue(long? number) => new(DbType.Int64, number);

    public static implicit operator SqlValue(Guid id) => new(DbType.Guid, id);

    public static implicit operator SqlValue(Guid? id) => new(DbType.Guid, id);

    public static implicit operator SqlValue(DateTimeOffset time) => new(DbType.Int64, time.UtcTicks);

    public static implicit operator SqlValue(DateTimeOffset? time) => new(DbType.Int64, time?.UtcTicks);

    public static implicit operator SqlValue(ReadOnlyMemory<byte> bytes) =>
        new(DbType.Binary, MemoryMarshal.TryGetArray(bytes, out ArraySegment<byte> array) && array.Offset == 0
            && array.Count == array.Array!.Length ? array.Array : bytes.ToArray());
}
