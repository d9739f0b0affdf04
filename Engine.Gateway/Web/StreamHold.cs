using Engine.Gateway.Streams;

namespace Engine.Gateway.Web;

/// <summary>What a stream gives back at its end.</summary>
/// <param name="Slot">Its place.</param>
/// <param name="Permit">Its right to compress.</param>
/// <param name="Output">Where it went.</param>
internal readonly record struct StreamHold(IDisposable Slot, CompressionPermit Permit, StreamOutput Output) : IDisposable
{
    public void Dispose()
    {
        using (Slot)
        using (Permit)
            Output.Dispose();
    }
}
