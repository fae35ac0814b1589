using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Converters;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace FleetChat.Tests.LocalRuntime.DurableApi;

public sealed class ClientBuilderTests
{
    private readonly ServiceCollection _services = new();

    [Fact]
    public void A_name_that_is_added_twice_goes_on_with_its_builder()
    {
        var first = _services.AddDurableTaskClient();
        IDurableTaskClientBuilder? second = null;
        _services.AddDurableTaskClient(builder => second = builder).AddDurableTaskClient("other", _ => { });

        Assert.Same(first, second);
        Assert.NotSame(first, _services.AddDurableTaskClient("other"));
        Assert.Same(_services.AddDurableTaskClient("other"), _services.AddDurableTaskClient("other"));
    }

    [Fact]
    public async Task The_client_without_a_name_is_injected_and_the_others_are_provided()
    {
        _services.AddDurableTaskClient(builder => builder.UseBuildTarget<BuiltClient>());
        var target = typeof(BuiltClient);
        _services.AddDurableTaskClient("reports", builder => builder.UseBuildTarget(target));
        await using var services = _services.BuildServiceProvider();

        var provider = services.GetRequiredService<IDurableTaskClientProvider>();

        Assert.Same(provider.GetClient(), services.GetRequiredService<DurableTaskClient>());
        Assert.Equal("reports", provider.GetClient("reports").Name);
        Assert.NotSame(provider.GetClient(), provider.GetClient("reports"));
    }

    [Fact]
    public async Task A_name_that_was_not_added_in_this_case_is_refused_with_those_that_were()
    {
        _services.AddDurableTaskClient("reports", builder => builder.UseBuildTarget<BuiltClient>());
        await using var services = _services.BuildServiceProvider();

        var refused = Assert.Throws<ArgumentOutOfRangeException>(() => services.GetRequiredService<IDurableTaskClientProvider>().GetClient("Reports"));

        Assert.Contains("[\"reports\"]", refused.Message, StringComparison.Ordinal);
        Assert.Null(services.GetService<DurableTaskClient>());
    }

    [Fact]
    public async Task The_first_builder_that_registers_directly_stays_it()
    {
        _services.AddDurableTaskClient("reports", builder => builder.UseBuildTarget<BuiltClient>().RegisterDirectly());
        _services.AddDurableTaskClient("other", builder => builder.UseBuildTarget<BuiltClient>().RegisterDirectly());
        await using var services = _services.BuildServiceProvider();

        Assert.Equal("reports", services.GetRequiredService<DurableTaskClient>().Name);
    }

    [Fact]
    public void A_builder_without_a_target_says_so()
    {
        var builder = new DefaultDurableTaskClientBuilder(null, _services);
        using var services = _services.BuildServiceProvider();

        Assert.Equal("", builder.Name);
        var refused = Assert.Throws<InvalidOperationException>(() => builder.Build(services));
        Assert.StartsWith("No valid DurableTask client target was registered.", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(typeof(string))]
    [InlineData(typeof(DurableTaskClient))]
    public void A_target_that_is_no_client_is_refused(Type target)
        => Assert.Equal("value", Assert.Throws<ArgumentException>(() => _services.AddDurableTaskClient().UseBuildTarget(target)).ParamName);

    [Fact]
    public async Task The_builders_options_reach_the_targets_where_these_say_nothing_else()
    {
        var converter = new JsonDataConverter();
        _services.AddDurableTaskClient("set").UseBuildTarget<BuiltClient, BuiltClientOptions>().UseDefaultVersion("3")
            .Configure(o => (o.DataConverter, o.EnableEntitySupport) = (converter, true));
        _services.AddDurableTaskClient("own").UseBuildTarget<BuiltClient, BuiltClientOptions>().Configure(o => o.EnableEntitySupport = true);
        _services.Configure<BuiltClientOptions>("own", o => o.EnableEntitySupport = false);
        await using var services = _services.BuildServiceProvider();
        var provider = services.GetRequiredService<IDurableTaskClientProvider>();

        var set = ((BuiltClient)provider.GetClient("set")).Options;
        var own = ((BuiltClient)provider.GetClient("own")).Options;

        Assert.Equal(("3", true), (set.DefaultVersion, set.EnableEntitySupport));
        Assert.Same(converter, set.DataConverter);
        Assert.Equal(("", false), (own.DefaultVersion, own.EnableEntitySupport));
        Assert.Same(JsonDataConverter.Default, own.DataConverter);
    }

    [Fact]
    public void A_converter_that_is_a_service_is_taken_unless_another_is_set()
    {
        var service = new JsonDataConverter();
        _services.AddSingleton<DataConverter>(service);
        _services.AddDurableTaskClient("taken").UseBuildTarget<BuiltClient>();
        _services.AddDurableTaskClient("set").Configure(o => o.DataConverter = JsonDataConverter.Default);
        _services.AddDurableTaskClient("unset").Configure(o => o.DataConverter = null!);
        using var services = _services.BuildServiceProvider();
        var options = services.GetRequiredService<IOptionsMonitor<DurableTaskClientOptions>>();

        Assert.Same(service, options.Get("taken").DataConverter);
        Assert.Equal(JsonDataConverter.Default, options.Get("unset").DataConverter);
        Assert.NotNull(options.Get("set").DataConverter);
    }
}
