using Engine.Events;
using Engine.Ring;

namespace Engine.Hosting;

/// <summary>What became of the events of one type that one producer offered.</summary>
/// <param name="EventType">The event type's name.</param>
/// <param name="Producer">The producer.</param>
/// <param name="Ledger">The counts.</param>
public sealed record EventLedger(string EventType, ProducerInfo Producer, RingLedger Ledger);
