using Engine.Events;

namespace Engine.Subscriptions.Filters;

/// <summary>
/// Asks filters in turn, up to the first whose answer decides: one that does not pass, where all have to pass; one that
/// passes, where one is enough.
/// </summary>
internal sealed class ChainFilter<T> : EventFilter<T>
    where T : IEvent<T>
{
    private readonly EventFilter<T>[] _filters;
    private readonly ChainRule _rule;

    /// <param name="filters">The filters, as <see cref="ChainRule.Check"/> gives them.</param>
    /// <param name="rule">Whether all have to pass, or one is enough.</param>
    public ChainFilter(EventFilter<T>[] filters, ChainRule rule)
    {
        // A chain within a chain of the same rule asks the same filters in the same order, at the price of a call.
        _filters = [
            .. filters.SelectMany(filter => filter is ChainFilter<T> chain && chain._rule.IsAll == rule.IsAll ? chain._filters : [filter])];
        _rule = rule;
        JudgesBatches = Array.Exists(_filters, static filter => filter.JudgesBatches);
        Addresses = _filters.Select(static filter => filter.Addresses)
            .Aggregate((one, other) => rule.IsAll ? one.And(other) : one.Or(other));
    }

    internal override bool JudgesBatches { get; }

    internal override AddressSet Addresses { get; }

    public override FilterVerdict EvaluateBatch(in Envelope envelope)
    {
        FilterVerdict verdict = _rule.Neutral;
        foreach (EventFilter<T> filter in _filters)
        {
            if (_rule.IsDecidedBy(filter.EvaluateBatch(envelope), ref verdict))
                break;
        }

        return verdict;
    }

    public override bool Matches(in T @event, in Envelope envelope)
    {
        bool isAll = _rule.IsAll;
        foreach (EventFilter<T> filter in _filters)
        {
            if (filter.Matches(@event, envelope) != isAll)
                return !isAll;
        }

        return isAll;
    }
}
