namespace Engine.Publish;

/// <summary>Where a writer goes on. Two words, so that they are returned in registers.</summary>
/// <typeparam name="T">The event type.</typeparam>
/// <param name="next">The next slot.</param>
/// <param name="position">Its position.</param>
internal readonly unsafe struct WriterPlace<T>(T* next, long position)
    where T : unmanaged
{
    public readonly T* Next = next;
    public readonly long Position = position;
}
