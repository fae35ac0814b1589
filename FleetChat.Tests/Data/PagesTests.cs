using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Tests.Security;

namespace FleetChat.Tests.Data;

public sealed class PagesTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private static readonly Position Somewhere = new(new(2026, 3, 2, 8, 0, 0, 123, 456, TimeSpan.Zero), Guid.Parse("0199b0a0-0000-7000-8000-000000000001"));

    private Pages Pages => api.Host.Get<Pages>();

    [Fact]
    public async Task Cursor_leads_back_to_the_position_it_was_made_of()
    {
        var window = await Pages.OpenAsync(api.A.Tenant, "list:filter", Position.BeforeNewest, new(10, await CursorAsync()), CancellationToken.None);

        Assert.Equal(Somewhere, window.Value.After);
    }

    [Fact]
    public async Task Cursor_of_another_tenant_list_or_filter_is_refused()
    {
        var cursor = await CursorAsync();

        Assert.Equal(Pages.CursorInvalid, await ErrorAsync(api.B, "list:filter", cursor));
        Assert.Equal(Pages.CursorInvalid, await ErrorAsync(api.A, "list:other", cursor));
        Assert.Equal(Pages.CursorInvalid, await ErrorAsync(api.A, "other:filter", cursor));
    }

    [Fact]
    public async Task Cursor_with_any_character_changed_is_refused()
    {
        var cursor = await CursorAsync();

        for (var i = 0; i < cursor.Length; i++)
        {
            var other = cursor[i] == 'A' ? 'Z' : 'A';
            Assert.Equal(Pages.CursorInvalid, await ErrorAsync(api.A, "list:filter", $"{cursor[..i]}{other}{cursor[(i + 1)..]}"));
        }
    }

    [Theory]
    [InlineData("x")]
    [InlineData("not base64 ????????????????????????????????????????????")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task Anything_else_is_refused(string cursor) => Assert.Equal(Pages.CursorInvalid, await ErrorAsync(api.A, "list:filter", cursor));

    private async Task<string> CursorAsync()
    {
        var window = (await Pages.OpenAsync(api.A.Tenant, "list:filter", Position.BeforeNewest, new(1, null), CancellationToken.None)).Value;
        return window.Page([Somewhere, Somewhere], position => position).NextCursor!;
    }

    private async Task<FleetChat.Core.Error?> ErrorAsync(ApiCompany company, string list, string cursor)
        => (await Pages.OpenAsync(company.Tenant, list, Position.BeforeNewest, new(1, cursor), CancellationToken.None)).Error;
}
