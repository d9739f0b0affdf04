using Engine.Handlers.Vm;
using Engine.Hosting;

namespace Engine.Emulator.Cli;

/// <summary>What the handlers of a run or of its replay have made of its events.</summary>
internal sealed record HandledEvents(IReadOnlyList<string> Lines, EngineStatistics Statistics, IReadOnlyList<HotBlock> HotBlocks);
