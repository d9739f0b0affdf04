using Engine.Bench.Support;
using Engine.Events.Vm;

namespace Engine.Bench.Bus.Peers;

/// <summary>A number, on its way through Wolverine, which wants public types.</summary>
/// <param name="Event">The event.</param>
public sealed record NumberPublished(InstructionRetired Event);

/// <summary>Where Wolverine's handler finds the receiver of the run.</summary>
public sealed class NumberSink
{
    internal EventReceiver Receiver { get; set; } = new(null);
}

/// <summary>Adds the numbers up.</summary>
/// <param name="sink">Where to.</param>
public sealed class NumberPublishedHandler(NumberSink sink)
{
    /// <summary>Adds a number.</summary>
    /// <param name="message">The message.</param>
    public void Handle(NumberPublished message)
    {
        ArgumentNullException.ThrowIfNull(message);
        sink.Receiver.Handle(message.Event);
    }
}
