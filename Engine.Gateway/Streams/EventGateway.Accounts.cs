using System.Collections.Concurrent;
using Engine.Gateway.Events;

namespace Engine.Gateway.Streams;

public sealed partial class EventGateway
{
    private readonly ConcurrentDictionary<string, Func<MachineAccount>> _accounts = new();

    /// <summary>What became of the events of the machines that feed the gateway.</summary>
    public MachineAccounts GetAccounts() => new(
        [.. _accounts.OrderBy(static entry => entry.Key, StringComparer.Ordinal).Select(static entry => entry.Value())]);

    /// <summary>Says how the account of a machine is read, from any thread; takes the place of an earlier one.</summary>
    internal void SetAccount(string machineId, Func<MachineAccount> read) => _accounts[machineId] = read;
}
