using Engine.Bus.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Engine.Bus.Hosting;

/// <summary>A bus that a host has, and where its options come from: the section first, then code.</summary>
internal sealed record EventBusRegistration(
    string Name, IConfiguration? Section, Action<EventBusOptions>? Configure) : IConfigureNamedOptions<EventBusOptions>
{
    void IConfigureNamedOptions<EventBusOptions>.Configure(string? name, EventBusOptions options)
    {
        if (name != Name)
            return;
        if (Section is not null)
            EventBusConfiguration.Bind(Section, options);
        Configure?.Invoke(options);
    }

    void IConfigureOptions<EventBusOptions>.Configure(EventBusOptions options)
    {
        // Only named options are a bus's.
    }
}
