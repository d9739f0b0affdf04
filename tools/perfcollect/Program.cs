using Engine.PerfCollect;

return await PerfCollectCommandLine.InvokeAsync(args);
