namespace Engine.Gateway.Events;

/// <summary>What became of the events of the machines, as <c>GET /api/v1/events/accounting</c> tells it.</summary>
/// <param name="Machines">The machines that the gateway has a feed of, by name; of each its latest run.</param>
public sealed record MachineAccounts(IReadOnlyList<MachineAccount> Machines);

/// <summary>What became of the events of one machine.</summary>
/// <param name="Machine">What it is called.</param>
/// <param name="IsAtRest">Whether its engine has stopped: then the figures are exact, and the last ones.</param>
/// <param name="IsBalanced">
/// Whether all that was published went somewhere, in each row. While the machine runs a row need not be of one moment.
/// </param>
/// <param name="Instructions">Instructions it has retired.</param>
/// <param name="Rows">Per event type and producer.</param>
public sealed record MachineAccount(
    string Machine, bool IsAtRest, bool IsBalanced, long Instructions, IReadOnlyList<MachineAccountRow> Rows);

/// <summary>What became of the events of one type that one producer offered.</summary>
/// <param name="EventType">The event type's name.</param>
/// <param name="ProducerId">The producer's number within its engine.</param>
/// <param name="Producer">Its name.</param>
/// <param name="Offered">Events handed to the ring.</param>
/// <param name="Published">Those that it took.</param>
/// <param name="Dispatched">Those that came to a dispatcher.</param>
/// <param name="DroppedIncoming">Those lost because the ring was full.</param>
/// <param name="DroppedOldest">Those lost because newer ones took their places.</param>
/// <param name="Rejected">Those that were refused.</param>
/// <param name="Buffered">Those that are in the ring.</param>
public sealed record MachineAccountRow(
    string EventType, int ProducerId, string Producer, long Offered, long Published, long Dispatched, long DroppedIncoming,
    long DroppedOldest, long Rejected, long Buffered);
