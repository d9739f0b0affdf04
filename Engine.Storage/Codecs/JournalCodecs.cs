using Engine.Events;
using Engine.Events.Vm;

namespace Engine.Storage.Codecs;

/// <summary>
/// Which codec writes an event type, and which reads a frame. Instructions and blocks have a predictor, all others lie as they are in
/// memory (and are compressed). To be filled before a journal is opened; then thread-safe.
/// </summary>
public sealed class JournalCodecs
{
    private readonly Dictionary<(Type Type, int Id), object> _byId = [];
    private readonly Dictionary<Type, object> _writers = [];

    /// <summary>Makes a set that has the engine's own codecs.</summary>
    public JournalCodecs()
    {
        Use(PredictorCodec<InstructionRetired>.Instance);
        Use(PredictorCodec<BlockExecuted>.Instance);
    }

    /// <summary>Has an event type written by a codec from now on; frames of other codecs that were added stay readable.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="codec">The codec.</param>
    /// <exception cref="ArgumentOutOfRangeException">Its id is not one of 0 to 65,535.</exception>
    public void Use<T>(IJournalCodec<T> codec)
        where T : unmanaged, IEvent<T>
    {
        ArgumentNullException.ThrowIfNull(codec);
        if (codec.Id is < 0 or > ushort.MaxValue)
            throw new ArgumentOutOfRangeException(nameof(codec), codec.Id, "The id of a codec must be 0 to 65,535.");
        _byId[(typeof(T), codec.Id)] = codec;
        _writers[typeof(T)] = codec;
    }

    internal IJournalCodec<T> WriterOf<T>()
        where T : unmanaged, IEvent<T> =>
        _writers.TryGetValue(typeof(T), out object? codec) ? (IJournalCodec<T>)codec : RawCodec<T>.Instance;

    /// <summary>The codec of a frame; null if it is not known.</summary>
    internal IJournalCodec<T>? ReaderOf<T>(int id)
        where T : unmanaged, IEvent<T> =>
        _byId.TryGetValue((typeof(T), id), out object? codec) ? (IJournalCodec<T>)codec
        : id == RawCodec<T>.Instance.Id ? RawCodec<T>.Instance
        : null;
}
